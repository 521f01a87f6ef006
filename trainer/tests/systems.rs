//! Ways to change a data set: what they change, how much, and that models learn it.
#![allow(clippy::unwrap_used)]

#[path = "common/systems.rs"]
mod common;

use std::path::Path;

use common::{data, emn, ground};
use confounder_trainer::{
    data::Dataset,
    error::Error,
    systems::{
        ClassNoiseRecipe, ClassPatchRecipe, Granularity, Ground, LspRecipe, Protection, System,
    },
};

fn protect(system: &System, data: &Dataset, folder: &Path) -> Protection {
    system.protect(&ground(data, folder)).unwrap()
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
fn what_is_no_generator_refuses_other_images() {
    let (data, folder) = (data(), tempfile::tempdir().unwrap());
    let to_others = Ground {
        apply_to: Some(&data),
        ..ground(&data, folder.path())
    };
    let noise = System::ClassNoise(ClassNoiseRecipe { epsilon: 8.0 });
    let enlarged = System::Enlarged {
        side: 8,
        of: Box::new(noise.clone()),
    };
    for system in [noise, enlarged, emn(Granularity::Sample, 1)] {
        let refused = system.protect(&to_others).map(|_| ());
        let error = refused.unwrap_err().to_string();
        assert!(error.contains("protects no others"), "{error}");
    }
    let few = data.range(0..8).unwrap();
    let to_few = Ground {
        apply_to: Some(&few),
        ..ground(&data, folder.path())
    };
    assert_eq!(System::None.protect(&to_few).unwrap().data, few);
}

/// A system as a scale file names it.
fn of_bank(bank: &str) -> Result<System, Error> {
    let text = format!("kind = \"class-chroma\"\npsnr = 35.0\nbank = {bank}");
    toml::from_str::<System>(&text).unwrap().checked()
}

fn of_waves(waves: &str) -> Result<System, Error> {
    of_bank(&format!("{{ waves = [{waves}] }}"))
}

#[test]
fn classes_get_the_waves_that_a_scale_file_names() {
    let (data, folder) = (data(), tempfile::tempdir().unwrap());
    let rows = r#"{ hue = 150, direction = "rows", cycles = 2 }"#;
    let columns = rows.replace("rows", "columns");
    let both = of_waves(&format!("{rows}, {columns}")).unwrap();
    let protected = protect(&both, &data, folder.path());
    assert!((protected.psnr_db.unwrap() - 35.0).abs() < 1.0);
    // Red along the first row and the first column, of one image of each of the two first classes.
    let spread = |i: usize| {
        let red = change(&data, &protected.data, i);
        let of = |line: Vec<i16>| line.iter().max().unwrap() - line.iter().min().unwrap();
        [
            of(red[..16].to_vec()),
            of((0..16).map(|y| red[16 * y]).collect()),
        ]
    };
    let [across, down] = spread(0);
    assert!(
        across <= 2 && down > 4,
        "rows: {across} across, {down} down"
    );
    let [across, down] = spread(1);
    assert!(
        across > 4 && down <= 2,
        "columns: {across} across, {down} down"
    );

    let fine = of_waves(&rows.replace("= 2", "= 9")).unwrap_err();
    assert!(fine.to_string().contains("cycles = 9"), "{fine}");
    let none = of_waves("").unwrap_err();
    assert!(none.to_string().contains("empty"), "{none}");
}

#[test]
fn classes_share_codes_and_images_of_a_class_draw_them() {
    let (data, folder) = (data(), tempfile::tempdir().unwrap());
    let different = |more: &str| {
        let system = of_bank(&format!("\"random\"\n{more}")).unwrap();
        let protected = protect(&system, &data, folder.path());
        assert!((protected.psnr_db.unwrap() - 35.0).abs() < 1.0);
        let mut kinds: Vec<Vec<i16>> = Vec::new();
        for i in 0..data.len() {
            let one = change(&data, &protected.data, i);
            // Dithered rounding moves a sample by one step at most.
            let like = |kind: &Vec<i16>| kind.iter().zip(&one).all(|(a, b)| (a - b).abs() <= 1);
            if !kinds.iter().any(like) {
                kinds.push(one);
            }
        }
        kinds.len()
    };
    assert_eq!(different(""), data.classes.len());
    assert_eq!(different("codes = 2"), 2);
    let twice = 2 * data.classes.len();
    assert_eq!(different(&format!("codes = {twice}")), twice);
    assert_eq!(different("grid = 8"), data.classes.len());

    let refused = |more: &str| {
        of_bank(&format!("\"random\"\n{more}"))
            .unwrap_err()
            .to_string()
    };
    assert!(refused("codes = 0").contains("codes = 0"));
    assert!(refused("grid = 65").contains("grid = 65"));
}

#[test]
fn classes_get_tints_and_their_opposites() {
    let (data, folder) = (data(), tempfile::tempdir().unwrap());
    let opposites = of_bank("{ opposites = { hue = 150 } }").unwrap();
    let protected = protect(&opposites, &data, folder.path());
    assert!((protected.psnr_db.unwrap() - 35.0).abs() < 1.0);
    let [first, second, third] = [0, 1, 2].map(|i| change(&data, &protected.data, i));
    let product = |a: &[i16], b: &[i16]| {
        let pairs = a.iter().zip(b);
        pairs.map(|(a, b)| f64::from(a * b)).sum::<f64>()
    };
    let likeness = |a: &[i16], b: &[i16]| product(a, b) / (product(a, a) * product(b, b)).sqrt();
    // Of four classes the third has the opposite of the first.
    assert!(likeness(&first, &third) < -0.8);
    assert!(likeness(&first, &second).abs() < 0.3);

    let no_hue = of_bank("{ opposites = { hue = nan } }").unwrap_err();
    assert!(no_hue.to_string().contains("hue = NaN"), "{no_hue}");
}

#[test]
fn linear_perturbations_have_their_norm_and_blocks() {
    let (data, folder) = (data(), tempfile::tempdir().unwrap());
    let lsp = System::Lsp(LspRecipe {
        block: 8,
        norm: 6.0,
        separation: 10.0,
    });
    let protected = protect(&lsp, &data, folder.path());
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
    let protected = protect(&System::Ops, &data, folder.path());
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
