//! `confounder inspect`

use std::path::{Path, PathBuf};

use clap::Args;
use confounder::{
    DataMining, Detection, FileFormat, Generator, Limits, MetadataAction, Orientation, PhotoInfo,
    Protector, ProtectorOptions, Verdict,
};
use confounder_heif::Kind;
use serde::Serialize;
use serde_json::{Value, json};

use crate::exit::{self, Failure, Outcome, Status};
use crate::flags::in_flags;
use crate::output;

/// Shows what a photo or a generator file is
///
/// For a photo: format, size, orientation, colour profile, what protecting it would do to its
/// metadata, and whether it holds the bundled generator's residual. For a generator: its metadata, what it was trained on and what it was measured to do.
#[derive(Debug, Args)]
#[command(after_long_help = exit::help(""))]
pub(crate) struct Arguments {
    /// A photo or a generator [default: the bundled generator]
    #[arg(value_name = "FILE")]
    file: Option<PathBuf>,

    /// Write one JSON object to standard output
    #[arg(long)]
    json: bool,
}

/// A photo in JSON.
#[derive(Serialize)]
struct Described<'a> {
    #[serde(flatten)]
    photo: &'a PhotoInfo,
    /// `null` where the photo's pixels could not be read.
    residual: Option<Detection>,
    /// What the photo says about data mining (`plus:DataMining`), as the address of a term; `null` if it says nothing.
    data_mining: Option<String>,
}

pub(crate) fn run(arguments: &Arguments) -> Outcome {
    let Some(path) = &arguments.file else {
        let generator = Generator::bundled()
            .map_err(|e| Failure::new(Status::Generator, output::explain(&e)))?;
        return show_generator(&generator, arguments.json);
    };
    let bytes = std::fs::read(path).map_err(|e| Failure::file(&path.display().to_string(), &e))?;
    if is_generator(path, &bytes) {
        return show_generator(&crate::protect::read_generator(path)?, arguments.json);
    }
    let failed =
        |e: &dyn std::error::Error| Failure::file(&path.display().to_string(), &output::explain(e));
    let (bytes, changes) = match Kind::of(&bytes) {
        Some(kind) => {
            let jpeg = confounder_heif::as_jpeg(&bytes, kind, &Limits::default())
                .map_err(|e| failed(&e))?;
            let first = format!("a {} file; shown is the JPEG that it becomes", kind.name());
            (jpeg.bytes, [vec![first], jpeg.notes].concat())
        }
        None => (bytes, Vec::new()),
    };
    let mut photo = PhotoInfo::read(&bytes, &Limits::default()).map_err(|e| failed(&e))?;
    photo.notes.splice(0..0, changes);
    for words in photo.notes.iter_mut().chain(&mut photo.refusals) {
        *words = in_flags(std::mem::take(words));
    }
    let residual = Protector::bundled(ProtectorOptions::new())
        .and_then(|protector| protector.detect_bytes(&bytes, &Limits::default()));
    let data_mining = DataMining::read(&bytes).ok().flatten();
    if arguments.json {
        output::json(&Described {
            photo: &photo,
            residual: residual.ok(),
            data_mining,
        })?;
        return Ok(Status::Done);
    }
    show_photo(&photo)?;
    if let Some(term) = data_mining {
        output::line(&format!("data mining  {term}"))?;
    }
    output::line(&match residual {
        Ok(found) => format!("residual     {}", describe_residual(&found)),
        Err(error) => format!("residual     not looked for: {}", output::explain(&error)),
    })?;
    Ok(Status::Done)
}

/// What was found of the generator's residual, in one line.
fn describe_residual(found: &Detection) -> String {
    let usual = found.without.map_or_else(
        || "how photos without it spread was not measured".to_owned(),
        |[low, high]| format!("95 of 100 photos without it: {low:.1} to {high:.1}"),
    );
    let verdict = match found.verdict {
        Verdict::Likely => "likely protected",
        Verdict::Unlikely => "unlikely to be protected",
        Verdict::CannotTell => "cannot tell whether protected",
        _ => "no verdict",
    };
    let probability = found
        .probability
        .map_or_else(String::new, |p| format!(", probability {p:.2}"));
    let errors = found.error_rate.map_or_else(String::new, |rate| {
        format!("; {:.0} of 100 such verdicts are wrong", 100.0 * rate)
    });
    format!(
        "amplitude {:.2} of the generator's own ({usual}): {verdict}{probability}{errors}",
        found.amplitude
    )
}

/// ONNX files have no signature: the extension decides, and a file of another name is tried if it is no photo.
fn is_generator(path: &Path, bytes: &[u8]) -> bool {
    let named_so = path
        .extension()
        .is_some_and(|extension| extension.eq_ignore_ascii_case("onnx"));
    named_so
        || (FileFormat::detect(bytes).is_err() && Generator::from_bytes(bytes.to_vec()).is_ok())
}

fn show_photo(photo: &PhotoInfo) -> Outcome {
    output::line(&format!("format       {}, {}", photo.format, photo.colour))?;
    if let Some(jpeg) = &photo.jpeg {
        let sampling = match jpeg.sampling {
            (1, 1) => "4:4:4".to_owned(),
            (2, 1) => "4:2:2".to_owned(),
            (2, 2) => "4:2:0".to_owned(),
            (h, v) => format!("{h} x {v}"),
        };
        let kind = if jpeg.progressive {
            "progressive"
        } else {
            "baseline"
        };
        output::line(&format!(
            "encoding     {kind}, quality about {}, chroma {sampling}",
            jpeg.quality
        ))?;
    }
    output::line(&format!(
        "size         {} x {} px as stored",
        photo.width, photo.height
    ))?;
    output::line(&format!("orientation  {}", orientation(photo.orientation)))?;
    output::line(&format!(
        "profile      {}",
        photo.profile.as_deref().unwrap_or("none (taken as sRGB)")
    ))?;
    for entry in &photo.metadata {
        let fate = match (entry.action, &entry.detail) {
            (MetadataAction::Removed, Some(why)) => format!("would be removed: {why}"),
            (MetadataAction::Added, Some(what)) => format!("would be added: {what}"),
            (MetadataAction::Rewritten, Some(what)) => format!("would be changed: {what}"),
            _ => "would be kept".to_owned(),
        };
        output::line(&format!(
            "metadata     {}, {} bytes; {fate}",
            entry.name, entry.bytes
        ))?;
    }
    for refusal in &photo.refusals {
        output::line(&format!("refused      {refusal}"))?;
    }
    for note in &photo.notes {
        output::line(&format!("note         {note}"))?;
    }
    Ok(Status::Done)
}

fn orientation(value: Orientation) -> &'static str {
    match value {
        Orientation::Upright => "1 (upright)",
        Orientation::FlipHorizontal => "2 (mirrored)",
        Orientation::Rotate180 => "3 (turned by 180 degrees)",
        Orientation::FlipVertical => "4 (mirrored top to bottom)",
        Orientation::Transpose => "5 (mirrored, turned by 90 degrees)",
        Orientation::Rotate90 => "6 (turned by 90 degrees)",
        Orientation::Transverse => "7 (mirrored, turned by 270 degrees)",
        Orientation::Rotate270 => "8 (turned by 270 degrees)",
    }
}

fn show_generator(generator: &Generator, json: bool) -> Outcome {
    let described = describe(generator);
    if json {
        output::json(&described)?;
        return Ok(Status::Done);
    }
    let Value::Object(fields) = &described else {
        return Ok(Status::Done);
    };
    for (name, value) in fields {
        match value {
            Value::Object(inner) => {
                output::line(name)?;
                for (name, value) in inner {
                    output::line(&format!("  {name:<22} {}", plain(value)))?;
                }
            }
            Value::Null => {}
            value => output::line(&format!("{name:<12} {}", plain(value)))?,
        }
    }
    Ok(Status::Done)
}

fn describe(generator: &Generator) -> Value {
    json!({
        "name": generator.name(),
        "version": generator.version().to_string(),
        "epsilon": generator.epsilon(),
        "grid": generator.grid().to_string(),
        "multiple": generator.multiple(),
        "chroma": generator.chroma(),
        "sha256": generator.sha256().to_string(),
        "training": generator.training(),
        "scores": generator.scores(),
        "fit": generator.fit(),
    })
}

fn plain(value: &Value) -> String {
    value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned)
}
