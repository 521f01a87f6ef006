#![allow(clippy::unwrap_used)]
use super::*;

/// Two images of 3x4x5 with samples 1 to 60 and 61 to 120.
fn data() -> Dataset {
    Dataset {
        name: "two".into(),
        classes: vec!["a".into(), "b".into()],
        height: 4,
        width: 5,
        images: (1..=120).collect(),
        labels: vec![0, 1],
    }
}

fn at(step: u64) -> Position {
    Position {
        seed: 9,
        epoch: 2,
        step,
    }
}

fn batch(augment: &Augment, indices: &[u32], position: Position, size: [usize; 2]) -> Vec<f32> {
    let mut out = vec![-1.0; indices.len() * 3 * size[0] * size[1]];
    augment
        .fill(&data(), indices, position, size, &mut out)
        .unwrap();
    out
}

#[test]
fn nothing_to_do_is_division_by_255() {
    let out = batch(&Augment::none(), &[1, 0], at(0), [4, 5]);
    let expected: Vec<f32> = (61..=120).chain(1..=60).map(|v| v as f32 / 255.0).collect();
    assert_eq!(out, expected);
}

/// Every crop is checked against the definition: pad, cut, mirror.
#[test]
fn crop_and_flip_are_a_cut_of_the_padded_image() {
    let image: Vec<u8> = (1..=60).collect();
    for (down, right, flip) in
        (-6..=6).flat_map(|d| (-6..=6).flat_map(move |r| [(d, r, false), (d, r, true)]))
    {
        let mut out = vec![-1.0; 60];
        shifted(&image, [4, 5], down, right, flip, &mut out);
        for (i, found) in out.iter().enumerate() {
            let (channel, y, x) = (i / 20, i / 5 % 4, i % 5);
            let x = if flip { 4 - x } else { x } as isize - right;
            let y = y as isize - down;
            let inside = (0..4).contains(&y) && (0..5).contains(&x);
            let index = (channel as isize * 4 + y) * 5 + x;
            let expected = if inside {
                f32::from(image[index as usize]) / 255.0
            } else {
                0.0
            };
            assert_eq!(
                *found, expected,
                "down {down}, right {right}, flip {flip}, sample {i}"
            );
        }
    }
}

#[test]
fn a_batch_depends_on_its_position_alone() {
    let all = Augment {
        colour_jitter: 0.4,
        grayscale: 0.2,
        cutout: 2,
        policy: Some(Policy::AutoAugment),
        ..Augment::default()
    };
    let fast = Augment {
        policy: Some(Policy::FastAutoAugment),
        ..all.clone()
    };
    let resized = Augment {
        resized_crop: Some([0.25, 1.0]),
        ..all.clone()
    };
    for augment in [all, fast, resized] {
        let indices = [0, 1].repeat(8);
        let first = batch(&augment, &indices, at(5), [4, 5]);
        assert_eq!(first, batch(&augment, &indices, at(5), [4, 5]));
        assert_ne!(first, batch(&augment, &indices, at(6), [4, 5]));
        // One thread, and a part of the batch, give the same images.
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(1)
            .build()
            .unwrap();
        let half = pool.install(|| batch(&augment, &indices[..8], at(5), [4, 5]));
        assert_eq!(half, first[..half.len()]);
    }
}

#[test]
fn crops_and_flips_reach_all_their_values() {
    let augment = Augment {
        crop_padding: 1,
        ..Augment::default()
    };
    let out = batch(&augment, &[0; 400], at(0), [4, 5]);
    let mut different: Vec<&[f32]> = out.chunks_exact(60).collect();
    different.sort_by(|a, b| a.partial_cmp(b).unwrap());
    different.dedup();
    assert_eq!(different.len(), 3 * 3 * 2);
}

#[test]
fn a_resized_crop_gives_the_batch_size_within_the_range_of_the_image() {
    let augment = Augment {
        resized_crop: Some([0.25, 1.0]),
        ..Augment::default()
    };
    let out = batch(&augment, &[0; 64], at(0), [7, 7]);
    for image in out.chunks_exact(3 * 49) {
        let red = &image[..49];
        assert!(
            red.iter().all(|v| (0.9 / 255.0..=20.1 / 255.0).contains(v)),
            "{red:?}"
        );
    }
    let whole = region(
        [8, 8],
        [1.0, 1.0],
        &mut Draw::new(Purpose::Augment, 0, 0, 0, 0),
    );
    assert_eq!(whole[2] * whole[3], 64.0);
}

#[test]
fn cutout_zeroes_one_rectangle_at_most_as_large_as_asked() {
    let augment = Augment {
        cutout: 3,
        ..Augment::none()
    };
    for image in batch(&augment, &[0; 64], at(0), [4, 5]).chunks_exact(60) {
        let zeros = |plane: &[f32]| plane.iter().filter(|v| **v == 0.0).count();
        let planes: Vec<usize> = image.chunks_exact(20).map(zeros).collect();
        assert!((4..=9).contains(&planes[0]), "{planes:?}");
        assert!(planes.iter().all(|n| *n == planes[0]), "{planes:?}");
    }
}

#[test]
fn bad_values_are_named() {
    let fill = |augment: &Augment, indices: &[u32], size: [usize; 2], out: usize| {
        let mut out = vec![0.0; out];
        augment
            .fill(&data(), indices, at(0), size, &mut out)
            .unwrap_err()
            .to_string()
    };
    let none = Augment::none();
    assert_eq!(
        fill(&none, &[2], [4, 5], 60),
        "two: there is no image 2: the set has 2"
    );
    assert!(fill(&none, &[0], [4, 5], 59).contains("does not fit 59 samples"));
    assert!(fill(&none, &[0], [2, 2], 12).contains("images are 4x5, the batch is 2x2"));
    let bad = Augment {
        resized_crop: Some([0.5, 0.2]),
        ..Augment::none()
    };
    assert!(
        bad.validate()
            .unwrap_err()
            .to_string()
            .contains("resized_crop = [0.5, 0.2]")
    );
    let bad = Augment {
        colour_jitter: f32::NAN,
        ..Augment::none()
    };
    assert!(
        bad.validate()
            .unwrap_err()
            .to_string()
            .contains("colour_jitter = NaN")
    );
    assert!(toml::from_str::<Augment>("crop = 4").is_err());
    assert_eq!(toml::from_str::<Augment>("").unwrap(), Augment::default());
}
