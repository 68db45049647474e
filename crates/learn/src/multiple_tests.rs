//! p-values of several tests, adjusted together.

/// The p-values that hold for all hypotheses together (Holm, "A simple sequentially rejective multiple test
/// procedure", Scandinavian Journal of Statistics 6, 1979), in their order.
pub fn holm(p: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..p.len()).collect();
    order.sort_by(|&a, &b| p[a].total_cmp(&p[b]));
    let mut adjusted = vec![1.0; p.len()];
    let mut least: f64 = 0.0;
    for (rank, &at) in order.iter().enumerate() {
        least = least.max(p[at] * (p.len() - rank) as f64);
        adjusted[at] = least.min(1.0);
    }
    adjusted
}

/// Adjusted p-values (Benjamini and Hochberg 1995), in the order of `p`.
pub fn benjamini_hochberg(p: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..p.len()).collect();
    order.sort_by(|&a, &b| p[b].total_cmp(&p[a]));
    let mut adjusted = vec![1.0; p.len()];
    let mut least = 1.0_f64;
    for (place, &index) in order.iter().enumerate() {
        let rank = (p.len() - place) as f64;
        least = least.min(p[index] * p.len() as f64 / rank);
        adjusted[index] = least;
    }
    adjusted
}

/// Adjusted p-values that hold however the tests depend on each other (Benjamini and Yekutieli, "The
/// control of the false discovery rate in multiple testing under dependency", Annals of Statistics 29,
/// 2001, theorem 1.3), in the order of `p`.
pub fn benjamini_yekutieli(p: &[f64]) -> Vec<f64> {
    let harmonic: f64 = (1..=p.len()).map(|rank| 1.0 / rank as f64).sum();
    let adjusted = benjamini_hochberg(p);
    adjusted.into_iter().map(|p| (p * harmonic).min(1.0)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn holm_is_that_of_r() {
        // p.adjust(c(0.01, 0.04, 0.03, 0.005), "holm")
        let adjusted = holm(&[0.01, 0.04, 0.03, 0.005]);
        for (got, want) in adjusted.iter().zip([0.03, 0.06, 0.06, 0.02]) {
            assert!((got - want).abs() < 1e-12, "{adjusted:?}");
        }
    }

    /// R: `p.adjust(c(0.01, 0.04, 0.03, 0.005), "BH")`.
    #[test]
    fn p_values_are_adjusted_as_in_r() {
        let adjusted = benjamini_hochberg(&[0.01, 0.04, 0.03, 0.005]);
        for (found, wanted) in adjusted.iter().zip([0.02, 0.04, 0.04, 0.02]) {
            assert!((found - wanted).abs() < 1e-12, "{adjusted:?}");
        }
    }

    /// R: `p.adjust(c(0.01, 0.04, 0.03, 0.005), "BY")` and `p.adjust(c(0.5, 0.9), "BY")`.
    #[test]
    fn dependent_p_values_are_adjusted_as_in_r() {
        let adjusted = benjamini_yekutieli(&[0.01, 0.04, 0.03, 0.005]);
        for (found, wanted) in adjusted.iter().zip([0.125 / 3.0, 0.25 / 3.0, 0.25 / 3.0, 0.125 / 3.0]) {
            assert!((found - wanted).abs() < 1e-12, "{adjusted:?}");
        }
        assert_eq!(benjamini_yekutieli(&[0.5, 0.9]), [1.0, 1.0]);
        assert!(benjamini_yekutieli(&[]).is_empty());
    }
}
