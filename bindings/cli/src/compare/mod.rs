//! `confounder compare`

mod difference;
mod perceptual;
mod photo;
mod ssim;

use std::path::{Path, PathBuf};

use clap::Args;
use confounder::DataMining;
use image::{DynamicImage, ImageReader, Primitive};
use serde::Serialize;

use crate::exit::{self, Failure, Outcome, Status};
use crate::output;
use difference::Difference;
use perceptual::{Perceptual, perceptual};
use photo::Photo;

/// Measures how much two photos of one size differ
///
/// Compares red, green and blue as stored: no colour profile and no orientation is applied. Where one of the photos has
/// 16 bits a sample, both are compared at 16 bits.
#[derive(Debug, Args)]
#[command(after_long_help = exit::help(""))]
pub(crate) struct Arguments {
    /// The original photo
    #[arg(value_name = "A")]
    first: PathBuf,

    /// The photo to compare with it
    #[arg(value_name = "B")]
    second: PathBuf,

    /// Write the residual B - A, amplified around middle gray, as PNG
    #[arg(long, value_name = "FILE.png")]
    residual: Option<PathBuf>,

    /// How much the residual is amplified
    #[arg(long, default_value_t = 8, value_name = "NUMBER", requires = "residual", value_parser = clap::value_parser!(u8).range(1..))]
    gain: u8,

    /// Replace the residual file if it exists already
    #[arg(short, long, requires = "residual")]
    force: bool,

    /// Also tell how visible the difference is, by SSIMULACRA2 and butteraugli (at 8 bits; seconds for a large photo)
    #[arg(long)]
    perceptual: bool,

    /// Write one JSON object to standard output
    #[arg(long)]
    json: bool,
}

/// What `--json` writes.
#[derive(Debug, Serialize)]
struct Comparison {
    width: u32,
    height: u32,
    /// `null` where the photos are equal.
    psnr_db: Option<f64>,
    ssim: f64,
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    perceptual: Option<Perceptual>,
    /// In steps of `peak`, as is the mean.
    largest_change: u16,
    mean_change: f64,
    /// The value of white: 255, or 65535 where one of the photos has 16 bits a sample.
    peak: u16,
    /// What each photo says about data mining (`plus:DataMining`), as the address of a term.
    data_mining: [Option<String>; 2],
}

pub(crate) fn run(arguments: &Arguments) -> Outcome {
    if let Some(path) = &arguments.residual
        && path.exists()
        && !arguments.force
    {
        return Err(Failure::usage(format!(
            "{} exists already; add --force to replace it",
            path.display()
        )));
    }
    let (first, second) = (open(&arguments.first)?, open(&arguments.second)?);
    let size = |photo: &DynamicImage| (photo.width(), photo.height());
    if size(&first) != size(&second) {
        let name = |(width, height)| format!("{width} x {height} px");
        return Err(Failure::new(
            Status::SomeFailed,
            format!(
                "the photos differ in size: {} and {}",
                name(size(&first)),
                name(size(&second))
            ),
        ));
    }
    let seen = match arguments.perceptual {
        true => Some(
            perceptual(&first.to_rgb8(), &second.to_rgb8())
                .map_err(|why| Failure::new(Status::SomeFailed, why))?,
        ),
        false => None,
    };
    let mut comparison = if is_deep(&first) || is_deep(&second) {
        compare(
            arguments,
            &first.into_rgb16().into(),
            &second.into_rgb16().into(),
        )?
    } else {
        compare(
            arguments,
            &first.into_rgb8().into(),
            &second.into_rgb8().into(),
        )?
    };
    comparison.perceptual = seen;
    if arguments.json {
        output::json(&comparison)?
    } else {
        output::line(&text(&comparison))?
    }
    Ok(Status::Done)
}

fn compare<P: Primitive + Into<u16>>(
    arguments: &Arguments,
    first: &Photo<P>,
    second: &Photo<P>,
) -> Result<Comparison, Failure> {
    let difference = Difference::between(&first.samples, &second.samples);
    if let Some(path) = &arguments.residual {
        let residual = difference::amplified(first, second, arguments.gain);
        residual
            .save_with_format(path, image::ImageFormat::Png)
            .map_err(|e| Failure::file(&path.display().to_string(), &e))?;
    }
    Ok(Comparison {
        width: first.width,
        height: first.height,
        psnr_db: difference.psnr_db(),
        ssim: ssim::ssim(first, second),
        perceptual: None,
        largest_change: difference.largest,
        mean_change: difference.mean(),
        peak: difference.peak,
        data_mining: [&arguments.first, &arguments.second].map(|path| mining(path)),
    })
}

/// What a photo says about data mining; `None` if it says nothing, or is of a format that cannot.
fn mining(path: &Path) -> Option<String> {
    DataMining::read(&std::fs::read(path).ok()?).ok().flatten()
}

/// Whether a sample has more than 8 bits.
fn is_deep(photo: &DynamicImage) -> bool {
    let colour = photo.color();
    colour.bytes_per_pixel() > colour.channel_count()
}

/// Decodes a photo, within 1 GiB.
fn open(path: &Path) -> Result<DynamicImage, Failure> {
    let failed = |e: &dyn std::fmt::Display| Failure::file(&path.display().to_string(), e);
    let mut reader = ImageReader::open(path)
        .and_then(ImageReader::with_guessed_format)
        .map_err(|e| failed(&e))?;
    let mut limits = image::Limits::no_limits();
    limits.max_alloc = Some(1 << 30);
    reader.limits(limits);
    reader.decode().map_err(|e| failed(&e))
}

fn text(comparison: &Comparison) -> String {
    let psnr = comparison
        .psnr_db
        .map_or("equal".to_owned(), |psnr| format!("{psnr:.2} dB"));
    let seen = comparison.perceptual.map_or(String::new(), |seen| {
        format!(
            "SSIMULACRA2     {:.2}\nbutteraugli     {:.3} (3-norm {:.3})\n",
            seen.ssimulacra2, seen.butteraugli, seen.butteraugli_3norm
        )
    });
    let mining = match &comparison.data_mining {
        [Some(before), None] => format!("\ndata mining     lost: {before}"),
        [Some(before), Some(after)] if before == after => format!("\ndata mining     {after}"),
        [Some(before), Some(after)] => format!("\ndata mining     {after}, before {before}"),
        [None, Some(after)] => format!("\ndata mining     {after}, before nothing"),
        [None, None] => String::new(),
    };
    format!(
        "size            {} x {} px\nPSNR            {psnr}\nSSIM            {:.4}\n{seen}largest change  {} of {peak}\nmean change     {:.3} of {peak}{mining}",
        comparison.width,
        comparison.height,
        comparison.ssim,
        comparison.largest_change,
        comparison.mean_change,
        peak = comparison.peak
    )
}
