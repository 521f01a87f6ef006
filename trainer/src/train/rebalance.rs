use super::infer::argmax;

/// Rounds in which the classes' offsets are moved.
const ROUNDS: usize = 300;

/// Accuracy in percent of logits (rows of `classes`) after an offset per class was found, without any label, that makes
/// the model name every class equally often.
///
/// The images must hold all classes about equally often.
///
/// A model that learned from protected photos may name a few classes for everything it sees. Whoever trained it can mend
/// that with unlabelled clean photos; what is left after mending is what it knows of the content.
pub fn rebalanced_accuracy(logits: &[f32], classes: usize, labels: &[u8]) -> f64 {
    let even = 1.0 / classes as f32;
    let mut offsets = vec![0.0f32; classes];
    let mut answers = named(logits, &offsets);
    for _ in 0..ROUNDS {
        let mut counts = vec![0u32; classes];
        answers.iter().for_each(|&a| counts[a] += 1);
        for (offset, count) in offsets.iter_mut().zip(counts) {
            *offset -= count as f32 / answers.len().max(1) as f32 - even;
        }
        answers = named(logits, &offsets);
    }
    let right = answers
        .iter()
        .zip(labels)
        .filter(|(a, b)| **a == usize::from(**b))
        .count();
    100.0 * right as f64 / answers.len().max(1) as f64
}

/// The class of each row whose logit plus offset is largest.
fn named(logits: &[f32], offsets: &[f32]) -> Vec<usize> {
    let mut row = vec![0.0; offsets.len()];
    logits
        .chunks(offsets.len())
        .map(|given| {
            for ((sum, logit), offset) in row.iter_mut().zip(given).zip(offsets) {
                *sum = logit + offset;
            }
            argmax(&row)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_constant_preference_for_one_class_is_mended() {
        let labels: Vec<u8> = (0..400).map(|i| (i % 4) as u8).collect();
        let logits: Vec<f32> = labels
            .iter()
            .flat_map(|&label| {
                (0..4u8).map(move |k| {
                    f32::from(u8::from(k == label)) + 5.0 * f32::from(u8::from(k == 2))
                })
            })
            .collect();
        let plain = named(&logits, &[0.0; 4]);
        assert!(
            plain.iter().all(|&a| a == 2),
            "names class 2 for everything"
        );
        assert!(rebalanced_accuracy(&logits, 4, &labels) > 99.0);
    }

    #[test]
    fn a_model_that_knows_nothing_gains_nothing() {
        let labels: Vec<u8> = (0..400).map(|i| (i % 4) as u8).collect();
        // Logits that follow the image's number and not its label.
        let logits: Vec<f32> = (0..400)
            .flat_map(|i| (0..4).map(move |k| ((i / 4 * 7 + k * 13) % 11) as f32))
            .collect();
        assert!(rebalanced_accuracy(&logits, 4, &labels) < 40.0);
    }
}
