use super::grow::Stat;
use super::{GrowSettings, Grower};
use crate::{FeatureKind, Matrix};

/// A tree splits on what is open to it, however much more another feature tells, and on that other
/// feature again as soon as it is open.
#[test]
fn closed_features_are_not_split_on() {
    let kind = FeatureKind {
        codes: 3,
        ordered: true,
    };
    let telling: Vec<u8> = (0..100).map(|i| 1 + i / 50).collect();
    let chance: Vec<u8> = (0..100).map(|i| 1 + i % 2).collect();
    let stats: Vec<Stat<3>> = telling
        .iter()
        .zip(&chance)
        .map(|(t, c)| [i32::from(*t) * 1000 + i32::from(*c) * 10 - 1515, 256, 1])
        .collect();
    let matrix = Matrix::from_columns(vec![kind, kind], &[telling, chance], 100).unwrap();
    let settings = GrowSettings {
        leaves: 2,
        min_rows: 1,
        min_hessian: 0.0,
        lambda: 1.0,
        category_lambda: 1.0,
        category_rows: 1,
    };
    let mut grower: Grower<'_, 3> = Grower::new(&matrix, 2, settings);
    for (open, expected) in [(vec![0, 1], 0), (vec![1], 1), (vec![0], 0)] {
        grower.open(|feature| open.contains(&feature));
        let grown = grower.grow((0..100).collect(), &stats, 256.0, 256.0);
        assert_eq!(grown.tree.splits[0].feature, expected, "{open:?}");
    }
    grower.open(|_| false);
    let grown = grower.grow((0..100).collect(), &stats, 256.0, 256.0);
    assert_eq!((grown.tree.leaves, grown.starts), (1, vec![0, 100]));
}
