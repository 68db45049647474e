//! What the metrics are by definition, and what bad input gives.

use super::*;
use proptest::prelude::*;

proptest! {
    /// The area equals its definition: the share of (positive, negative) pairs in the right
    /// order, ties half; and integer weights equal repeated rows.
    #[test]
    fn the_area_is_the_share_of_ordered_pairs(rows in proptest::collection::vec((any::<bool>(), 0_i32..8, 0_u8..3), 1..60)) {
        let mut labels = Vec::new();
        let mut scores = Vec::new();
        for &(label, score, times) in &rows {
            for _ in 0..times {
                labels.push(label);
                scores.push(f64::from(score));
            }
        }
        let mut sum = 0.0;
        let mut pairs = 0.0;
        for (i, &a) in labels.iter().enumerate() {
            for (j, &b) in labels.iter().enumerate() {
                if a && !b {
                    pairs += 1.0;
                    sum += if scores[i] > scores[j] { 1.0 } else if scores[i] < scores[j] { 0.0 } else { 0.5 };
                }
            }
        }
        let weighted: Vec<f64> = rows.iter().map(|r| f64::from(r.2)).collect();
        let all_labels: Vec<bool> = rows.iter().map(|r| r.0).collect();
        let all_scores: Vec<f64> = rows.iter().map(|r| f64::from(r.1)).collect();
        for area in [roc_auc(&labels, &scores, None), roc_auc(&all_labels, &all_scores, Some(&weighted))] {
            match area {
                None => prop_assert_eq!(pairs, 0.0),
                Some(area) => prop_assert!((area - sum / pairs).abs() < 1e-12),
            }
        }
    }

    /// Calibration error lies in 0..1, is 0 for a constant equal to the base rate, and does not
    /// depend on the order of rows.
    #[test]
    fn calibration_error_behaves(rows in proptest::collection::vec((any::<bool>(), 0_u8..=10), 1..80)) {
        let labels: Vec<bool> = rows.iter().map(|r| r.0).collect();
        let p: Vec<f64> = rows.iter().map(|r| f64::from(r.1) / 10.0).collect();
        let error = calibration_error(&labels, &p, None, 15).unwrap();
        prop_assert!((0.0..=1.0).contains(&error));
        let base = labels.iter().filter(|&&y| y).count() as f64 / labels.len() as f64;
        let flat = vec![base; labels.len()];
        prop_assert!(calibration_error(&labels, &flat, None, 15).unwrap() < 1e-12);
        let back: (Vec<bool>, Vec<f64>) = rows.iter().rev().map(|r| (r.0, f64::from(r.1) / 10.0)).unzip();
        prop_assert!((calibration_error(&back.0, &back.1, None, 15).unwrap() - error).abs() < 1e-12);
    }
}

#[test]
fn nothing_panics_without_rows_or_classes() {
    assert_eq!(roc_auc(&[], &[], None), None);
    assert_eq!(roc_auc(&[true], &[f64::NAN], None), None);
    assert_eq!(roc_auc_one_vs_rest(&[], &[], 3, None), None);
    assert_eq!(calibration_error(&[], &[], None, 0), None);
    assert_eq!(Confusion::at(0.5, &[], &[], None).recall(), None);
    assert!(log_loss(&[], &[], None).is_nan());
    // Lengths that differ: what all have is looked at.
    assert_eq!(roc_auc(&[], &[0.5], None), None);
    assert_eq!(roc_auc(&[true, false], &[0.5, 0.1, 0.9], Some(&[1.0, 1.0])), Some(1.0));
    assert_eq!(Confusion::at(0.5, &[true], &[0.9, 0.1], Some(&[2.0])).total(), 2.0);
    assert!((brier(&[true, false], &[1.0, 0.0], Some(&[1.0])) - 0.0).abs() < 1e-15);
    assert_eq!(wilson(f64::NAN, 3.0), (0.0, 1.0));
}

/// Rows of few distinct probabilities with small weights: (label, probability in tenths, weight).
fn rows() -> impl Strategy<Value = Vec<(bool, u8, u8)>> {
    proptest::collection::vec((any::<bool>(), 0_u8..=10, 0_u8..4), 1..80)
}

/// Labels, probabilities and weights as columns; none where nothing has weight.
fn columns(rows: &[(bool, u8, u8)]) -> Option<(Vec<bool>, Vec<f64>, Vec<f64>)> {
    let weights: Vec<f64> = rows.iter().map(|r| f64::from(r.2)).collect();
    let found = weights.iter().sum::<f64>() > 0.0;
    found.then(|| {
        let p = rows.iter().map(|r| f64::from(r.1) / 10.0).collect();
        (rows.iter().map(|r| r.0).collect(), p, weights)
    })
}

proptest! {
    /// Integer weights equal repeated rows, and rows of weight 0 are not there, whatever the metric; the
    /// debiased error alone counts repeated rows as the few rows they are.
    #[test]
    fn weights_are_repetitions(rows in rows(), rate in 0.0_f64..=1.0) {
        let Some((y, p, w)) = columns(&rows) else { return Ok(()) };
        let many: Vec<_> = rows.iter().flat_map(|&r| std::iter::repeat_n((r.0, r.1, 1), r.2 as usize)).collect();
        let Some((yy, pp, _)) = columns(&many) else { return Ok(()) };
        let (a, b) = (Scored::new(&y, &p, Some(&w)).unwrap(), Scored::new(&yy, &pp, None).unwrap());
        let same = |a: Option<f64>, b: Option<f64>| match (a, b) {
            (Some(a), Some(b)) => (a - b).abs() < 1e-9,
            (a, b) => a == b,
        };
        prop_assert!(same(a.roc_auc(), b.roc_auc()) && same(a.roc_auc(), a.tally().roc_auc()));
        prop_assert!(same(a.average_precision(), b.average_precision()));
        prop_assert!(same(a.calibration_error(7), b.calibration_error(7)));
        prop_assert!(same(a.brier_decomposition(7).map(|d| d.reliability), b.brier_decomposition(7).map(|d| d.reliability)));
        prop_assert!(same(a.isotonic_decomposition().map(|d| d.resolution), b.isotonic_decomposition().map(|d| d.resolution)));
        for point in [OperatingPoint::SelectionRate(rate), OperatingPoint::FalsePositiveRate(rate), OperatingPoint::Recall(rate), OperatingPoint::Threshold(rate)] {
            match (a.confusion(point), b.confusion(point)) {
                (Ok(a), Ok(b)) => {
                    prop_assert!((a.true_positive - b.true_positive).abs() < 1e-9, "{point:?}");
                    prop_assert!((a.false_positive - b.false_positive).abs() < 1e-9, "{point:?}");
                    prop_assert!(same(a.matthews(), b.matthews()) && same(a.f1(), b.f1()));
                }
                (a, b) => prop_assert_eq!(a.is_err(), b.is_err()),
            }
        }
    }

    /// A stated rate is met exactly, ties or not.
    #[test]
    fn operating_points_are_met(rows in rows(), rate in 0.0_f64..=1.0) {
        let Some((y, p, w)) = columns(&rows) else { return Ok(()) };
        let scored = Scored::new(&y, &p, Some(&w)).unwrap();
        let met = |found: Option<f64>| (found.unwrap() - rate).abs() < 1e-9;
        prop_assert!(met(scored.confusion(OperatingPoint::SelectionRate(rate)).unwrap().selection_rate()));
        if let Ok(counts) = scored.confusion(OperatingPoint::FalsePositiveRate(rate)) {
            prop_assert!(met(counts.false_positive_rate()));
        }
        if let Ok(counts) = scored.confusion(OperatingPoint::Recall(rate)) {
            prop_assert!(met(counts.recall()));
        }
    }

    /// Average precision is the mean, over positives, of the precision at their score.
    #[test]
    fn average_precision_is_the_mean_precision_of_positives(rows in rows()) {
        let y: Vec<bool> = rows.iter().map(|r| r.0).collect();
        let p: Vec<f64> = rows.iter().map(|r| f64::from(r.1)).collect();
        let ours = Ranked::new(&p).tally(|row| y[row], |_| 1.0).average_precision();
        let positives: Vec<usize> = (0..y.len()).filter(|&i| y[i]).collect();
        if positives.is_empty() || positives.len() == y.len() {
            prop_assert_eq!(ours, None);
            return Ok(());
        }
        let precision = |i: usize| {
            let above: Vec<usize> = (0..y.len()).filter(|&j| p[j] >= p[i]).collect();
            above.iter().filter(|&&j| y[j]).count() as f64 / above.len() as f64
        };
        let mean = positives.iter().map(|&i| precision(i)).sum::<f64>() / positives.len() as f64;
        prop_assert!((ours.unwrap() - mean).abs() < 1e-12);
    }

    /// Both decompositions add up to the Brier score, with parts of the right sign; with a bin for each
    /// probability nothing is left within bins.
    #[test]
    fn the_brier_score_decomposes(rows in rows(), bins in 1_usize..20) {
        let Some((y, p, w)) = columns(&rows) else { return Ok(()) };
        let scored = Scored::new(&y, &p, Some(&w)).unwrap();
        let whole = scored.brier();
        for parts in [scored.brier_decomposition(bins).unwrap(), scored.isotonic_decomposition().unwrap()] {
            prop_assert!((parts.brier() - whole).abs() < 1e-12, "{parts:?} {whole}");
            prop_assert!(parts.reliability >= 0.0 && parts.resolution >= 0.0);
            prop_assert!((0.0..=0.25 + 1e-12).contains(&parts.uncertainty));
        }
        prop_assert!(scored.brier_decomposition(1_000_000).unwrap().within_bins.abs() < 1e-12);
    }

    /// The fit is non-decreasing, keeps the mean, and no other step function is nearer: moving any block
    /// up or down makes it worse.
    #[test]
    fn isotonic_regression_is_the_best_monotone_fit(rows in rows()) {
        let Some((y, p, w)) = columns(&rows) else { return Ok(()) };
        let targets: Vec<f64> = y.iter().map(|&y| f64::from(u8::from(y))).collect();
        let fit = Isotonic::fit_targets(&p, &targets, Some(&w)).unwrap();
        let at: Vec<f64> = (0..=20).map(|i| fit.apply(f64::from(i) / 20.0)).collect();
        prop_assert!(at.windows(2).all(|pair| pair[0] <= pair[1]));
        prop_assert!(at.iter().all(|v| (0.0..=1.0).contains(v)));
        let mean = |values: &dyn Fn(usize) -> f64| (0..y.len()).map(|i| w[i] * values(i)).sum::<f64>();
        prop_assert!((mean(&|i| fit.apply(p[i])) - mean(&|i| targets[i])).abs() < 1e-9);
        // The projection's condition: residuals sum to at most 0 over every lower set of scores.
        for cut in 0..=10_u8 {
            let lower: f64 = (0..y.len())
                .filter(|&i| rows[i].1 <= cut)
                .map(|i| w[i] * (targets[i] - fit.apply(p[i])))
                .sum();
            prop_assert!(lower > -1e-9, "{cut}: {lower}");
        }
    }
}

/// Rows whose labels are drawn from the very probabilities, from a fixed stream.
fn calibrated(rows: usize, shift: f64, number: u64) -> (Vec<bool>, Vec<f64>) {
    let mut stream = plenish_table::Seed::new(11).stream(number, 0);
    (0..rows)
        .map(|_| {
            let p = 0.05 + 0.8 * stream.uniform();
            (stream.uniform() < p + shift, p)
        })
        .unzip()
}

/// On calibrated rows the plain error grows with the number of bins while the debiased one stays near 0;
/// on rows that are off by 0.1 both say so.
#[test]
fn debiasing_takes_chance_away() {
    let draws = 100;
    let mut mean = 0.0;
    for number in 0..draws {
        let (y, p) = calibrated(500, 0.0, number);
        let scored = Scored::new(&y, &p, None).unwrap();
        assert!(scored.calibration_error(50).unwrap() > 0.06);
        mean += debiased_squared_calibration_error(&scored.bins(50)).unwrap() / draws as f64;
    }
    // The mean of a draw's gaps squared is 0.017, and the estimate's deviation 0.0005.
    assert!(mean.abs() < 0.0015, "{mean}");
    let (y, p) = calibrated(2_000, 0.1, 0);
    let off = Scored::new(&y, &p, None).unwrap();
    let error = off.debiased_calibration_error(200).unwrap();
    assert!((error - 0.1).abs() < 0.02, "{error}");
    // A bin of one row tells nothing of chance.
    assert_eq!(
        Scored::new(&[true], &[0.5], None)
            .unwrap()
            .debiased_calibration_error(15),
        None
    );
}

/// The bands of the reliability curve hold the truth about as often as they say.
#[test]
fn reliability_bands_hold_the_truth() {
    let (y, p) = calibrated(20_000, 0.0, 0);
    let curve = Scored::new(&y, &p, None).unwrap().reliability_curve(100);
    let held = curve
        .iter()
        .filter(|b| b.low <= b.predicted && b.predicted <= b.high)
        .count();
    assert_eq!(curve.len(), 100);
    assert!((90..=99).contains(&held), "{held}");
    assert!((curve.iter().map(|b| b.share).sum::<f64>() - 1.0).abs() < 1e-12);
}

/// A model whose log-odds are twice too large is put right, by either method, on other rows.
#[test]
fn recalibration_repairs_overconfidence() {
    let (y, p) = calibrated(8_000, 0.0, 0);
    let sharp: Vec<f64> = p.iter().map(|&p| p * p / (p * p + (1.0 - p) * (1.0 - p))).collect();
    let (fit, unseen) = (0..4_000, 4_000..8_000);
    let before = Scored::new(&y[unseen.clone()], &sharp[unseen.clone()], None).unwrap();
    assert!(before.debiased_calibration_error(15).unwrap() > 0.08);
    for method in [RecalibrationMethod::Isotonic, RecalibrationMethod::Platt] {
        let repair = Recalibration::fit(method, &y[fit.clone()], &sharp[fit.clone()], None).unwrap();
        let after: Vec<f64> = sharp[unseen.clone()].iter().map(|&p| repair.apply(p)).collect();
        let after = Scored::new(&y[unseen.clone()], &after, None).unwrap();
        let error = after.debiased_calibration_error(15).unwrap();
        assert!(error < 0.03, "{method:?}: {error}");
        assert!(repair.apply(f64::NAN).is_nan());
    }
    let Recalibration::Platt(platt) = Recalibration::fit(RecalibrationMethod::Platt, &y, &sharp, None).unwrap() else {
        panic!("not Platt")
    };
    assert!((platt.slope - 0.5).abs() < 0.05, "{platt:?}");
}

/// Separated, constant and huge scores give finite functions.
#[test]
fn recalibration_survives_odd_scores() {
    let y = [false, false, true, true];
    for scores in [[0.0, 0.0, 1.0, 1.0], [0.3; 4], [-1e300, -1.0, 1.0, 1e300]] {
        let platt = Platt::fit(&y, &scores, None).unwrap();
        assert!(platt.slope.is_finite() && platt.intercept.is_finite(), "{platt:?}");
        let isotonic = Isotonic::fit(&y, &scores, None).unwrap();
        for score in [-1e308, 0.1, 0.5, 1e308] {
            assert!((0.0..=1.0).contains(&platt.apply(score)));
            assert!((0.0..=1.0).contains(&isotonic.apply(score)));
        }
    }
}

/// What cannot be judged is an error that says why and where.
#[test]
fn bad_input_is_refused() {
    let text = |labels: &[bool], p: &[f64], w: Option<&[f64]>| Scored::new(labels, p, w).err().unwrap().to_string();
    let y = [true, false];
    assert!(text(&y, &[0.5], None).contains("1 scores for 2 outcomes"));
    assert!(text(&[], &[], None).contains("no row"));
    assert!(text(&y, &[0.5, f64::NAN], None).contains("row 2"));
    assert!(text(&y, &[0.5, 1.5], None).contains("not a probability"));
    assert!(text(&y, &[0.5, 0.5], Some(&[1.0])).contains("1 weights for 2 rows"));
    assert!(text(&y, &[0.5, 0.5], Some(&[-1.0, 1.0])).contains("row 1"));
    assert!(text(&y, &[0.5, 0.5], Some(&[1.0, f64::INFINITY])).contains("row 2"));
    assert!(text(&y, &[0.5, 0.5], Some(&[0.0, 0.0])).contains("add up to 0"));
    let one_class = Scored::new(&[false, false], &[0.5, 0.6], None).unwrap();
    assert_eq!((one_class.roc_auc(), one_class.average_precision()), (None, None));
    assert!(one_class.cut(OperatingPoint::Recall(0.5)).is_err());
    assert!(one_class.cut(OperatingPoint::SelectionRate(1.5)).is_err());
    assert!(one_class.cut(OperatingPoint::Threshold(f64::NAN)).is_err());
    assert!(Isotonic::fit(&[true, true], &[0.1, 0.2], None).is_err());
    assert!(Platt::fit(&[true, false], &[0.1, f64::INFINITY], None).is_err());
    assert!(Isotonic::fit_targets(&[0.1], &[f64::NAN], None).is_err());
}
