//! The bundled generator, put together of published weights.

use std::path::{Path, PathBuf};

use prost::Message;
use serde_json::{Value, json};

use super::check;
use crate::{
    bank::upsampled,
    data::{self, Dataset, Spec},
    error::{Error, Result},
    files::write_whole,
    graph::{Graph, Lowering, ModelInfo, pack},
    nets::{GroupGenerator, Mode, Net, Pretrained, Scope, State, Weights, imagenet_groups},
    protect::uniform_amplitude,
    recipe::GroupsRecipe,
    step::BatchShape,
    train::logits,
};

/// Side at which patterns are compared.
const SIDE: usize = 64;

/// Makes the generator of a recipe and writes it as `generator.onnx` into `out`; `base` is the folder of its photos.
///
/// # Errors
/// Those of reading the photos; [`Error::Generator`] where `core` cannot read the file, or does not agree with ONNX Runtime.
pub fn groups(recipe: &GroupsRecipe, base: &Path, out: &Path) -> Result<PathBuf> {
    let photos = photos(recipe, base)?;
    let (_, state) = Pretrained::EfficientnetLite0.whole()?;
    let mut net = start(recipe)?;
    let codes = codes(&net, &state, &photos)?;
    let likeness = likeness(&net);
    let energy = energy(&codes, &likeness);
    log::info!("mixtures have {energy:.2} of a sure code's energy");
    let factor = (1.0 / energy).sqrt() as f32;
    let bound = recipe.epsilon / 255.0;
    net.bank
        .iter_mut()
        .for_each(|x| *x = (*x * factor).clamp(-bound, bound));

    let scores = json!({ "modal_share": modal_shares(&photos, &codes) });
    let bytes = encode(recipe, &net, &state, &scores);
    for data in &photos {
        check(&bytes, data, bound)?;
    }
    std::fs::create_dir_all(out).map_err(Error::io(out))?;
    let path = out.join("generator.onnx");
    write_whole(&path, &bytes)?;
    Ok(path)
}

/// The training and test photos of each source.
fn photos(recipe: &GroupsRecipe, base: &Path) -> Result<Vec<Dataset>> {
    let spec = Spec {
        side: recipe.side,
        ..Spec::default()
    };
    let one = |path: &String| {
        let mut train = data::open(&base.join(path), &spec)?.train;
        train.name = path.clone();
        Ok(train)
    };
    recipe.photos.iter().map(one).collect()
}

/// The net with its patterns as strong as a photo of one sure code wants them.
fn start(recipe: &GroupsRecipe) -> Result<GroupGenerator> {
    let epsilon = recipe.epsilon / 255.0;
    let (codes, grid) = (recipe.bank.codes(), recipe.grid);
    let bank = recipe.bank.bank(codes, grid);
    let bank = uniform_amplitude(&bank, grid, [SIDE, SIDE], epsilon, recipe.target_psnr);
    Ok(GroupGenerator {
        view: recipe.view,
        classifier: Pretrained::EfficientnetLite0.classifier()?,
        groups: imagenet_groups()?,
        temperature: recipe.temperature,
        grid,
        bank: bank.iter().map(|x| x * epsilon).collect(),
        epsilon,
    })
}

/// A generator up to its code.
struct Code<'a>(&'a GroupGenerator);

impl Net for Code<'_> {
    fn forward(&self, scope: &mut Scope<'_, '_>, x: crate::graph::Value) -> crate::graph::Value {
        self.0.parts(scope, x).code
    }
}

fn codes(net: &GroupGenerator, state: &State, photos: &[Dataset]) -> Result<Vec<Vec<f32>>> {
    let mut all = Vec::new();
    for data in photos {
        log::info!("{}: {} photos", data.name, data.len());
        logits(&Code(net), state, data, usize::MAX, |row| {
            all.push(row.to_vec())
        })?;
    }
    Ok(all)
}

/// Cosines of the angles between patterns.
fn likeness(net: &GroupGenerator) -> Vec<f64> {
    let whole: Vec<Vec<f32>> = net
        .bank
        .chunks(2 * net.grid * net.grid)
        .map(|pattern| upsampled(pattern, net.grid, [SIDE, SIDE], 1.0))
        .collect();
    let product = |a: &[f32], b: &[f32]| -> f64 {
        let pairs = a.iter().zip(b);
        pairs.map(|(x, y)| f64::from(*x) * f64::from(*y)).sum()
    };
    let length: Vec<f64> = whole.iter().map(|p| product(p, p).sqrt()).collect();
    let k = whole.len();
    (0..k * k)
        .map(|i| (i / k, i % k))
        .map(|(i, j)| product(&whole[i], &whole[j]) / (length[i] * length[j]))
        .collect()
}

/// Mean square of mixtures of patterns, where that of each pattern is 1.
fn energy(codes: &[Vec<f32>], likeness: &[f64]) -> f64 {
    let one = |z: &Vec<f32>| -> f64 {
        let k = z.len();
        (0..k * k)
            .map(|i| f64::from(z[i / k]) * f64::from(z[i % k]) * likeness[i])
            .sum()
    };
    codes.iter().map(one).sum::<f64>() / codes.len().max(1) as f64
}

/// Of each source with labels: the percentage of photos that are in the group which is most frequent for their kind.
fn modal_shares(photos: &[Dataset], codes: &[Vec<f32>]) -> Value {
    let mut shares = serde_json::Map::new();
    let mut codes = codes.iter();
    for data in photos {
        let found: Vec<usize> = codes
            .by_ref()
            .take(data.len())
            .map(|z| largest(z))
            .collect();
        if data.classes.len() < 2 {
            continue;
        }
        let mut counts = vec![vec![0usize; codes_of(&found)]; data.classes.len()];
        for (&label, &group) in data.labels.iter().zip(&found) {
            counts[usize::from(label)][group] += 1;
        }
        let modal: usize = counts.iter().filter_map(|row| row.iter().max()).sum();
        let share = 1000.0 * modal as f64 / data.len().max(1) as f64;
        let name = Path::new(&data.name).file_stem().unwrap_or_default();
        shares.insert(name.to_string_lossy().into(), json!(share.round() / 10.0));
    }
    Value::Object(shares)
}

fn codes_of(found: &[usize]) -> usize {
    found.iter().max().map_or(0, |most| most + 1)
}

fn largest(row: &[f32]) -> usize {
    let pairs = row.iter().enumerate();
    pairs
        .max_by(|a, b| a.1.total_cmp(b.1))
        .map_or(0, |(i, _)| i)
}

/// The contract's file.
fn encode(recipe: &GroupsRecipe, net: &GroupGenerator, state: &State, scores: &Value) -> Vec<u8> {
    let shape = BatchShape {
        images: 1,
        height: recipe.side,
        width: recipe.side,
    };
    let mut graph = Graph::new();
    let image = graph.input("image", &shape.nchw());
    let mut scope = Scope::new(&mut graph, Weights::Frozen(state), Mode::Evaluate);
    let parts = net.parts(&mut scope, image);
    graph.output("residual", parts.residual);
    let head = json!({
        "features": graph.name(parts.features),
        "code": graph.name(parts.code),
    });
    let training = json!({
        "recipe": recipe,
        "weights": "EfficientNet-Lite0, ImageNet, Apache-2.0",
        "trainer": env!("CARGO_PKG_VERSION"),
    });
    let metadata = [
        ("contract", "1".to_owned()),
        ("name", recipe.name.clone()),
        ("version", env!("CARGO_PKG_VERSION").to_owned()),
        ("epsilon", net.epsilon.to_string()),
        ("grid", format!("square:{}", recipe.side)),
        ("multiple", "1".to_owned()),
        ("chroma", "true".to_owned()),
        ("head", head.to_string()),
        ("training", training.to_string()),
        ("scores", scores.to_string()),
    ];
    let mut model = graph.to_proto(&ModelInfo {
        name: recipe.name.clone(),
        metadata: metadata
            .map(|(key, value)| (format!("confounder.{key}"), value))
            .to_vec(),
        lowering: &[Lowering::PadsOfConvolutions],
    });
    pack(&mut model);
    model.encode_to_vec()
}
