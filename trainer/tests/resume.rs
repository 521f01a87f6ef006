//! A run that is interrupted and resumed gives the very same weights as one that is not.
#![allow(clippy::unwrap_used)]

use std::path::Path;

use confounder_trainer::{
    data::Dataset,
    error::Error,
    interrupt,
    nets::{EfficientNetTrunk, Pretrained, State},
    progress::Mode,
    recipe::{ClassifierRecipe, Recipe},
    train::{
        ClassifierJob, GeneratorJob, Trained, build_generator, train_classifier, train_generator,
    },
};
use rand::SeedableRng;

const SIDE: usize = 32;

/// Images whose mean colour tells their class.
fn images(n: usize) -> Dataset {
    let samples = 3 * SIDE * SIDE;
    let labels: Vec<u8> = (0..n).map(|i| (i % 4) as u8).collect();
    let pixel = |i: usize, j: usize| ((i * 31 + j * 17) % 97 + 40 * usize::from(labels[i])) as u8;
    Dataset {
        name: "made up".into(),
        classes: ["a", "b", "c", "d"].map(String::from).to_vec(),
        height: SIDE,
        width: SIDE,
        images: (0..n)
            .flat_map(|i| (0..samples).map(move |j| (i, j)))
            .map(|(i, j)| pixel(i, j))
            .collect(),
        labels: labels.clone(),
    }
}

fn recipe() -> Recipe {
    Recipe::load("smoke", &["surrogate.width=2".into()]).unwrap()
}

fn classifier(
    recipe: &ClassifierRecipe,
    data: &Dataset,
    checkpoint: &Path,
) -> Result<Trained, Error> {
    train_classifier(&ClassifierJob {
        recipe,
        seed: 7,
        train: data,
        test: data,
        peak_images: 64,
        checkpoint,
        fingerprint: "same".into(),
        title: "test".into(),
        mode: Mode::Silent,
        observer: None,
    })
}

/// Calls `attempt` with a stop requested before every step until it no longer ends early; counts the stops.
fn with_interrupts<T>(mut attempt: impl FnMut() -> Result<T, Error>) -> (T, usize) {
    let mut stops = 0;
    loop {
        interrupt::request();
        match attempt() {
            Err(Error::Interrupted) => stops += 1,
            other => {
                interrupt::clear();
                return (other.unwrap(), stops);
            }
        }
    }
}

// One test, because the wish to stop belongs to the whole process.
#[test]
fn interrupted_runs_give_the_same_weights() {
    let folder = tempfile::tempdir().unwrap();
    let (recipe, data) = (recipe(), images(256));

    let whole = classifier(&recipe.surrogate, &data, &folder.path().join("a")).unwrap();
    let (pieces, stops) =
        with_interrupts(|| classifier(&recipe.surrogate, &data, &folder.path().join("b")));
    assert_eq!(
        stops, 7,
        "two epochs of four steps, stopped after each but the last"
    );
    assert!(whole.state == pieces.state, "weights differ");
    assert_eq!(whole.epochs, pieces.epochs);

    let adversarial = Recipe::load(
        "smoke",
        &[
            "surrogate.width=2".into(),
            "surrogate.adversary={ epsilon = 8, step = 4, steps = 2 }".into(),
        ],
    )
    .unwrap()
    .surrogate;
    let lesson = |name: &str| classifier(&adversarial, &data, &folder.path().join(name));
    let hardened = lesson("g").unwrap();
    let (pieces, stops) = with_interrupts(|| lesson("h"));
    assert_eq!(stops, 7);
    assert!(hardened.state == pieces.state, "weights differ");
    assert!(hardened.state != whole.state, "nothing was disturbed");

    let changes = [
        "net=efficientnet-lite",
        "width=32",
        "initial=efficientnet-lite0",
        "frozen_trunk=true",
    ];
    let frozen = Recipe::load("smoke", &changes.map(|c| format!("surrogate.{c}")))
        .unwrap()
        .surrogate;
    let lesson = |name: &str| classifier(&frozen, &data, &folder.path().join(name));
    let tuned = lesson("e").unwrap();
    let (pieces, stops) = with_interrupts(|| lesson("f"));
    assert_eq!(stops, 7);
    assert!(tuned.state == pieces.state, "weights differ");
    // What has been trained is read, not trained again.
    assert!(tuned.state == lesson("e").unwrap().state, "weights differ");
    let trunk = |state: &State| {
        let like = State::init(
            &EfficientNetTrunk,
            &[1, 3, SIDE, SIDE],
            &mut rand_chacha::ChaCha8Rng::seed_from_u64(1),
        );
        state.split(&like)
    };
    let (_, published) = Pretrained::EfficientnetLite0.features().unwrap();
    let ((before, top_before), (after, top_after)) = (trunk(&published), trunk(&tuned.state));
    assert!(before == after, "the trunk changed");
    let pairs = top_before.parameters.iter().zip(&top_after.parameters);
    assert!(pairs.filter(|(a, b)| a == b).count() < top_before.parameters.len() / 10);

    let train = |name: &str| {
        let job = GeneratorJob {
            recipe: &recipe,
            surrogate: &whole.state,
            train: &data,
            checkpoint: &folder.path().join(name),
            fingerprint: "same".into(),
            mode: Mode::Silent,
        };
        let (net, initial) = build_generator(&recipe, &whole.state, &data)?;
        train_generator(&job, net.as_ref(), initial)
    };
    let (whole_state, whole_epochs) = train("c").unwrap();
    let ((state, epochs), stops) = with_interrupts(|| train("d"));
    assert_eq!(stops, 3);
    assert!(whole_state == state, "weights differ");
    assert_eq!(whole_epochs, epochs);

    let foreign =
        confounder_trainer::checkpoint::load::<toml::Value>(&folder.path().join("a"), "other");
    assert!(
        matches!(foreign, Err(Error::Checkpoint { .. })),
        "another recipe's checkpoint is refused"
    );
    let mut bytes = std::fs::read(folder.path().join("a")).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(folder.path().join("a"), bytes).unwrap();
    let damaged = classifier(&recipe.surrogate, &data, &folder.path().join("a"));
    assert!(damaged.unwrap_err().to_string().contains("damaged"));
}
