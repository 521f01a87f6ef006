use std::path::PathBuf;

use confounder::{Generator, Orientation, PixelLayout, Pixels, Protector, ProtectorOptions};
use prost::Message;
use serde_json::{Value, json};

use super::{Run, TrainedGenerator};
use crate::{
    data::Dataset,
    engine::{Feed, Session},
    error::{Error, Result},
    files::write_whole,
    graph::{Lowering, ModelInfo, pack},
    recipe::GeneratorRecipe,
    step::{BatchShape, generator_residual},
};

/// Largest difference between tract and ONNX Runtime that a file is written with, as a share of epsilon.
const TOLERANCE: f32 = 1e-3;

/// Images that both are run on before a file is written.
const CHECK_IMAGES: usize = 16;

/// Writes the generator as a contract-v1 file (`generator.onnx`), its large weights in eight bits, with `scores` in its
/// metadata. What the eight bits change is logged.
///
/// # Errors
/// [`Error::Generator`] where `core` cannot read the file, or tract and ONNX Runtime disagree by more than 1e-3 epsilon
/// on real images; nothing is written then.
pub fn export(run: &Run, generator: &TrainedGenerator, scores: &Value) -> Result<PathBuf> {
    let data = &run.generator_images;
    let batch = BatchShape {
        images: 1,
        height: data.height,
        width: data.width,
    };
    let graph = generator_residual(generator.net.as_ref(), &generator.state, batch);
    let info = ModelInfo {
        name: run.recipe.name.clone(),
        metadata: metadata(run, scores),
        lowering: &[Lowering::PadsOfConvolutions],
    };
    let mut model = graph.to_proto(&info);
    let full = model.encode_to_vec();
    pack(&mut model);
    let bytes = model.encode_to_vec();
    let epsilon = run.recipe.generator.epsilon();
    check(&bytes, data, epsilon)?;
    log_change(&full, &bytes, data, epsilon)?;
    let path = run.path("generator.onnx");
    write_whole(&path, &bytes)?;
    Ok(path)
}

fn metadata(run: &Run, scores: &Value) -> Vec<(String, String)> {
    let recipe = &run.recipe;
    let training = json!({
        "data": run.generator_images.name,
        "images": run.generator_images.len(),
        "classes": run.generator_images.classes,
        "recipe": recipe,
        "data_sha256": run.data_sha256,
        "trainer": env!("CARGO_PKG_VERSION"),
    });
    let chroma = matches!(recipe.generator, GeneratorRecipe::Code(_));
    [
        ("contract", "1".to_owned()),
        ("name", recipe.name.clone()),
        ("version", env!("CARGO_PKG_VERSION").to_owned()),
        ("epsilon", recipe.generator.epsilon().to_string()),
        ("grid", format!("square:{}", run.generator_images.height)),
        ("multiple", "1".to_owned()),
        ("chroma", chroma.to_string()),
        ("training", training.to_string()),
        ("scores", scores.to_string()),
    ]
    .map(|(key, value)| (format!("confounder.{key}"), value))
    .to_vec()
}

/// Logs how far apart the residuals of two files are.
fn log_change(before: &[u8], after: &[u8], data: &Dataset, epsilon: f32) -> Result<()> {
    let [mut before, mut after] = [
        Session::from_bytes(before, 1)?,
        Session::from_bytes(after, 1)?,
    ];
    let (mut sum, mut count) = (0.0, 0);
    for i in 0..data.len().min(CHECK_IMAGES) {
        let [before, after] = [&mut before, &mut after].map(|session| run_on(session, data, i));
        let (before, after) = (before?, after?);
        let pairs = before.iter().zip(&after);
        sum += pairs.map(|(a, b)| f64::from((a - b).abs())).sum::<f64>();
        count += before.len();
    }
    let mean = sum / count.max(1) as f64 / f64::from(epsilon);
    log::info!("eight bits change residuals by {mean:.1e} epsilon in the mean");
    Ok(())
}

/// The residual of one image.
fn run_on(session: &mut Session, data: &Dataset, i: usize) -> Result<Vec<f32>> {
    let floats: Vec<f32> = data
        .image(i)
        .iter()
        .map(|&x| f32::from(x) / 255.0)
        .collect();
    let shape = [1, 3, data.height, data.width];
    let mut outputs = session.run(&[Feed::new("image", &shape, &floats)])?;
    outputs.take("residual")
}

/// Runs the file by `core` (tract) and by ONNX Runtime on the first images of `data`; returns the largest difference.
pub fn check(bytes: &[u8], data: &Dataset, epsilon: f32) -> Result<f32> {
    let fail = |e: confounder::Error| Error::Generator(Box::new(e));
    let generator = Generator::from_bytes(bytes.to_vec()).map_err(fail)?;
    let protector = Protector::open(generator, ProtectorOptions::default()).map_err(fail)?;
    let mut session = Session::from_bytes(bytes, 1)?;
    let (h, w) = (data.height, data.width);
    let mut worst = 0.0f32;
    for i in 0..data.len().min(CHECK_IMAGES) {
        let planes = data.image(i);
        let pixels: Vec<u8> = (0..h * w)
            .flat_map(|j| [planes[j], planes[h * w + j], planes[2 * h * w + j]])
            .collect();
        let view =
            Pixels::new(&pixels, w as u32, h as u32, 3 * w, PixelLayout::Rgb8).map_err(fail)?;
        let ours = protector
            .residual(&view, Orientation::Upright)
            .map_err(fail)?;
        let theirs = run_on(&mut session, data, i)?;
        let difference = (0..3)
            .flat_map(|c| ours.plane(c).to_vec())
            .zip(&theirs)
            .map(|(a, b)| (a - b).abs())
            .fold(0.0, f32::max);
        worst = worst.max(difference);
    }
    if worst > TOLERANCE * epsilon {
        let text = format!(
            "tract and ONNX Runtime differ by {worst:e}, more than {TOLERANCE} epsilon = {:e}; nothing was written",
            TOLERANCE * epsilon
        );
        return Err(Error::Generator(text.into()));
    }
    log::info!(
        "tract and ONNX Runtime differ by at most {:.1e} epsilon",
        worst / epsilon
    );
    Ok(worst)
}
