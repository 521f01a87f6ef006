#![allow(clippy::unwrap_used)]
use super::*;
use crate::nets::Architecture;

/// 40 random images of four classes.
fn data() -> Dataset {
    let samples = 3 * 16 * 16;
    Dataset {
        name: "noise".into(),
        classes: ["a", "b", "c", "d"].map(String::from).to_vec(),
        height: 16,
        width: 16,
        images: (0..40 * samples)
            .map(|i| (40 + (i * 7919 % 6007) % 170) as u8)
            .collect(),
        labels: (0..40).map(|i| i % 4).collect(),
    }
}

fn protect(system: &System, data: &Dataset, folder: &Path) -> Protection {
    system
        .protect(&Ground {
            images: data,
            apply_to: None,
            others: data,
            test: data,
            seed: 3,
            folder,
            mode: Mode::Silent,
        })
        .unwrap()
}

fn change(before: &Dataset, after: &Dataset, i: usize) -> Vec<i16> {
    let pairs = after.image(i).iter().zip(before.image(i));
    pairs.map(|(&a, &b)| i16::from(a) - i16::from(b)).collect()
}

#[test]
fn class_wise_systems_change_a_class_alike() {
    let (data, folder) = (data(), tempfile::tempdir().unwrap());
    let noise = System::ClassNoise(ClassNoiseRecipe { epsilon: 8.0 });
    let protected = protect(&noise, &data, folder.path());
    let (first, second) = (
        change(&data, &protected.data, 0),
        change(&data, &protected.data, 4),
    );
    // Dithered rounding moves a sample by one step at most.
    assert!(first.iter().zip(&second).all(|(a, b)| (a - b).abs() <= 1));
    assert!(first.iter().all(|x| x.abs() <= 8) && first.iter().any(|x| x.abs() >= 6));
    assert_ne!(first, change(&data, &protected.data, 1));

    let patch = System::ClassPatch(ClassPatchRecipe {
        share: 36.0 / 224.0,
    });
    let protected = protect(&patch, &data, folder.path());
    let changed = change(&data, &protected.data, 5);
    for (i, x) in changed.iter().enumerate() {
        let (row, column) = (i / 16 % 16, i % 16);
        assert!(*x == 0 || (row >= 13 && column >= 13), "{row}, {column}");
    }
    assert_eq!(
        protected.data.image(5)[15 * 16 + 13..][..3],
        protected.data.image(9)[15 * 16 + 13..][..3]
    );
}

#[test]
fn linear_perturbations_have_their_norm_and_blocks() {
    let (data, folder) = (data(), tempfile::tempdir().unwrap());
    let linear = System::Linear(LinearRecipe {
        block: 8,
        norm: 6.0,
        separation: 10.0,
    });
    let protected = protect(&linear, &data, folder.path());
    // A root-mean-square change of 6 steps is 32.6 dB.
    assert!(
        (protected.psnr_db.unwrap() - 32.6).abs() < 0.3,
        "{:?}",
        protected.psnr_db
    );
    let first = change(&data, &protected.data, 0);
    assert!((first[0] - first[7]).abs() <= 1 && (first[0] - first[3 * 16]).abs() <= 1);
}

#[test]
fn one_pixel_of_each_image_is_changed_in_the_same_place_per_class() {
    let (data, folder) = (data(), tempfile::tempdir().unwrap());
    let protected = protect(&System::OnePixel, &data, folder.path());
    let places = |i: usize| -> Vec<usize> {
        let changed = change(&data, &protected.data, i);
        let mut places: Vec<usize> = (0..changed.len())
            .filter(|&j| changed[j] != 0)
            .map(|j| j % 256)
            .collect();
        places.dedup();
        places.sort_unstable();
        places.dedup();
        places
    };
    assert_eq!(places(0).len(), 1);
    assert_eq!(places(0), places(4));
    assert_ne!(places(0), places(1));
}

fn emn(per: Granularity, rounds: u64) -> System {
    System::Emn(EmnRecipe {
        per,
        epsilon: 8.0,
        step: 2.0,
        steps: 3,
        train_batches: 4,
        stop_error: 0.0,
        most_rounds: rounds,
        net: Architecture::Resnet18,
        width: 4,
        batch: 16,
        rate: 0.02,
        momentum: 0.9,
        weight_decay: 5e-4,
    })
}

#[test]
fn error_minimising_noise_stays_in_bounds_and_is_learned() {
    let (data, folder) = (data(), tempfile::tempdir().unwrap());
    for per in [Granularity::Sample, Granularity::Class] {
        let protected = protect(&emn(per, 6), &data, folder.path());
        for i in 0..data.len() {
            assert!(
                change(&data, &protected.data, i)
                    .iter()
                    .all(|x| x.abs() <= 8)
            );
        }
        let error = protected.notes["error"].as_f64().unwrap();
        assert!(
            error < 40.0,
            "{per:?}: {error} % of the noisy images are still wrong"
        );
        if per == Granularity::Class {
            let alike = |a, b| {
                let (a, b) = (
                    change(&data, &protected.data, a),
                    change(&data, &protected.data, b),
                );
                a.iter().zip(&b).all(|(a, b)| (a - b).abs() <= 1)
            };
            assert!(alike(0, 4) && !alike(0, 1));
        }
    }
}
