//! Measures how well a generator's residual can be told from photos' own colours.
//!
//! `cargo run --release --example detection -- FOLDER... [--every N]`: for every photo below the folders, with and
//! without the residual, as decoded, as JPEG 75 (4:2:0), and scaled down to a short side of 224 px (or by half where
//! it is no larger). Prints how amplitude and evidence spread, how well they separate (area under the curve, least
//! mean error of both kinds), what the verdicts of [`confounder::Detection`] are worth, the logistic fit of
//! probability to evidence, and what protecting twice does. The constants in `core/src/detect` come from here.

#![allow(clippy::print_stdout, clippy::print_stderr)]

use std::error::Error;
use std::path::{Path, PathBuf};

use confounder::{
    Detection, Orientation, PixelLayout, Pixels, PixelsMut, ProtectOptions, Protector,
    ProtectorOptions, Residual, Verdict,
};
use image::RgbImage;
use image::imageops::{FilterType, resize};
use jpeg_encoder::{ColorType, Encoder, SamplingFactor};

type Outcome<T = ()> = Result<T, Box<dyn Error>>;
type Treatment = fn(&RgbImage) -> Outcome<RgbImage>;
type Measure = fn(&Detection) -> f64;

/// Smallest side and largest number of pixels of the photos looked at.
const MIN_SIDE: u32 = 48;
const MAX_PIXELS: u64 = 40_000_000;

/// What is done to a photo before it is looked at.
const TREATMENTS: [(&str, Treatment); 3] = [
    ("as decoded", |photo| Ok(photo.clone())),
    ("JPEG 75, 4:2:0", jpeg_75),
    ("scaled down", scaled_down),
];

fn main() -> Outcome {
    let mut folders = Vec::new();
    let mut every = 1;
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        if argument == "--every" {
            every = arguments.next().ok_or("--every needs a number")?.parse()?;
        } else {
            folders.push(PathBuf::from(argument));
        }
    }
    let mut files = Vec::new();
    for folder in &folders {
        list(folder, &mut files)?;
    }
    files.sort();
    let protector = Protector::bundled(ProtectorOptions::new())?;
    let mut seen: [Found; 3] = Default::default();
    let mut twice = Twice::default();
    for file in files.iter().step_by(every) {
        let Ok(photo) = image::open(file).map(image::DynamicImage::into_rgb8) else {
            continue;
        };
        let (width, height) = photo.dimensions();
        if width.min(height) < MIN_SIDE || u64::from(width) * u64::from(height) > MAX_PIXELS {
            continue;
        }
        let protected = protect(&protector, &photo)?;
        for ((_, treat), found) in TREATMENTS.iter().zip(&mut seen) {
            found.without.push(detect(&protector, &treat(&photo)?)?);
            found.with.push(detect(&protector, &treat(&protected)?)?);
        }
        twice.add(&protector, &photo, &protected)?;
    }
    println!("{} photos", seen[0].with.len());
    for ((name, _), found) in TREATMENTS.iter().zip(&seen) {
        println!("\n{name}");
        found.print();
    }
    twice.print();
    Ok(())
}

fn list(folder: &Path, files: &mut Vec<PathBuf>) -> Outcome {
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            list(&path, files)?;
        } else {
            files.push(path);
        }
    }
    Ok(())
}

fn protect(protector: &Protector, photo: &RgbImage) -> Outcome<RgbImage> {
    let mut protected = photo.clone();
    let (width, height) = photo.dimensions();
    let mut pixels = PixelsMut::new(
        &mut protected,
        width,
        height,
        width as usize * 3,
        PixelLayout::Rgb8,
    )?;
    protector.protect_pixels(&mut pixels, &ProtectOptions::new())?;
    Ok(protected)
}

fn view(photo: &RgbImage) -> Outcome<Pixels<'_>> {
    let (width, height) = photo.dimensions();
    Ok(Pixels::new(
        photo,
        width,
        height,
        width as usize * 3,
        PixelLayout::Rgb8,
    )?)
}

fn detect(protector: &Protector, photo: &RgbImage) -> Outcome<Detection> {
    Ok(protector.detect(&view(photo)?, Orientation::Upright)?)
}

fn jpeg_75(photo: &RgbImage) -> Outcome<RgbImage> {
    let mut bytes = Vec::new();
    let mut encoder = Encoder::new(&mut bytes, 75);
    encoder.set_sampling_factor(SamplingFactor::F_2_2);
    let (width, height) = photo.dimensions();
    encoder.encode(
        photo,
        u16::try_from(width)?,
        u16::try_from(height)?,
        ColorType::Rgb,
    )?;
    Ok(image::load_from_memory(&bytes)?.into_rgb8())
}

fn scaled_down(photo: &RgbImage) -> Outcome<RgbImage> {
    let (width, height) = photo.dimensions();
    let short = width.min(height);
    let target = if short > 224 { 224 } else { short / 2 };
    let side = |side: u32| (u64::from(side) * u64::from(target) / u64::from(short)).max(1) as u32;
    Ok(resize(
        photo,
        side(width),
        side(height),
        FilterType::Lanczos3,
    ))
}

/// What was found in the photos under one treatment.
#[derive(Default)]
struct Found {
    without: Vec<Detection>,
    with: Vec<Detection>,
}

impl Found {
    fn print(&self) {
        let measures: [(&str, Measure); 2] =
            [("amplitude", |d| d.amplitude), ("evidence", |d| d.evidence)];
        for (name, measure) in measures {
            let without = sorted(self.without.iter().map(measure));
            let with = sorted(self.with.iter().map(measure));
            let (error, threshold) = least_error(&without, &with);
            println!(
                "  {name}: 2.5, 50, 97.5 % without {} with {}",
                spread(&without),
                spread(&with)
            );
            println!(
                "    area under the curve {:.4}, least error {:.1} % at {threshold:.2}",
                area(&without, &with),
                100.0 * error
            );
        }
        let share = |found: &[Detection], verdict: Verdict| {
            100.0 * found.iter().filter(|d| d.verdict == verdict).count() as f64
                / found.len() as f64
        };
        for (name, found, right, wrong) in [
            ("without", &self.without, Verdict::Unlikely, Verdict::Likely),
            ("with", &self.with, Verdict::Likely, Verdict::Unlikely),
        ] {
            let (right, wrong) = (share(found, right), share(found, wrong));
            println!(
                "  verdicts {name}: right {right:.1} %, wrong {wrong:.1} %, none {:.1} %; wrong of those given {:.1} %",
                100.0 - right - wrong,
                100.0 * wrong / (right + wrong)
            );
        }
        let (offset, slope) = logistic(&self.without, &self.with);
        println!("  fit: OFFSET {offset:.3}, SLOPE {slope:.3}");
    }
}

fn sorted(values: impl Iterator<Item = f64>) -> Vec<f64> {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values
}

fn spread(values: &[f64]) -> String {
    let at = |share: f64| values.get((share * (values.len().max(1) - 1) as f64).round() as usize);
    [0.025, 0.5, 0.975]
        .map(|share| at(share).map_or_else(String::new, |v| format!("{v:.2}")))
        .join(" ")
}

/// The share of pairs in which the photo with the residual has the larger value.
fn area(without: &[f64], with: &[f64]) -> f64 {
    let below: usize = with
        .iter()
        .map(|value| without.partition_point(|other| other < value))
        .sum();
    below as f64 / (without.len() * with.len()) as f64
}

/// The least mean of both error rates, and the threshold that gives it.
fn least_error(without: &[f64], with: &[f64]) -> (f64, f64) {
    let error = |threshold: f64| {
        let missed = with.partition_point(|&v| v < threshold) as f64 / with.len() as f64;
        let false_alarm =
            1.0 - without.partition_point(|&v| v < threshold) as f64 / without.len() as f64;
        (0.5 * (missed + false_alarm), threshold)
    };
    let candidates = without
        .iter()
        .chain(with)
        .map(|&threshold| error(threshold));
    candidates
        .min_by(|a, b| a.0.total_cmp(&b.0))
        .unwrap_or((0.5, 0.0))
}

/// Newton's method on the logistic likelihood, with steps halved until it rises: the log-odds of having been protected as
/// a line in the evidence.
fn logistic(without: &[Detection], with: &[Detection]) -> (f64, f64) {
    let labelled: Vec<(f64, f64)> = without
        .iter()
        .map(|d| (d.evidence, 0.0))
        .chain(with.iter().map(|d| (d.evidence, 1.0)))
        .collect();
    let probability = |line: [f64; 2], evidence: f64| -> f64 {
        1.0 / (1.0 + f64::exp(-(line[0] + line[1] * evidence)))
    };
    let likelihood = |line: [f64; 2]| -> f64 {
        let one = |&(evidence, label): &(f64, f64)| {
            let p = probability(line, evidence).clamp(1e-12, 1.0 - 1e-12);
            label * p.ln() + (1.0 - label) * (1.0 - p).ln()
        };
        labelled.iter().map(one).sum()
    };
    let mut line = [0.0, 0.01];
    for _ in 0..100 {
        let (mut g, mut h) = ([0.0; 2], [0.0; 3]);
        for &(evidence, label) in &labelled {
            let p = probability(line, evidence);
            let (error, weight) = (label - p, p * (1.0 - p));
            g = [g[0] + error, g[1] + error * evidence];
            h = [
                h[0] + weight,
                h[1] + weight * evidence,
                h[2] + weight * evidence * evidence,
            ];
        }
        let determinant = h[0] * h[2] - h[1] * h[1];
        let mut step = [
            (h[2] * g[0] - h[1] * g[1]) / determinant,
            (h[0] * g[1] - h[1] * g[0]) / determinant,
        ];
        let moved = |step: [f64; 2]| [line[0] + step[0], line[1] + step[1]];
        let before = likelihood(line);
        while likelihood(moved(step)) < before && step[1].abs() > 1e-9 {
            step = step.map(|s| s / 2.0);
        }
        line = moved(step);
    }
    (line[0], line[1])
}

/// What a second pass does to a protected photo.
#[derive(Default)]
struct Twice {
    psnr_once: Vec<f64>,
    psnr_twice: Vec<f64>,
    amplitude: Vec<f64>,
    same_code: usize,
}

impl Twice {
    fn add(&mut self, protector: &Protector, photo: &RgbImage, once: &RgbImage) -> Outcome {
        let again = protect(protector, once)?;
        self.psnr_once.push(psnr(photo, once));
        self.psnr_twice.push(psnr(photo, &again));
        self.amplitude.push(detect(protector, &again)?.amplitude);
        let residual = |photo: &RgbImage| -> Outcome<Residual> {
            Ok(protector.residual(&view(photo)?, Orientation::Upright)?)
        };
        self.same_code += usize::from(cosine(&residual(photo)?, &residual(once)?) > 0.9);
        Ok(())
    }

    fn print(self) {
        let count = self.amplitude.len();
        println!("\nprotected twice");
        println!(
            "  PSNR against the original, 2.5, 50, 97.5 %: once {}",
            spread(&sorted(self.psnr_once.into_iter()))
        );
        println!("    twice {}", spread(&sorted(self.psnr_twice.into_iter())));
        println!(
            "  amplitude {}",
            spread(&sorted(self.amplitude.into_iter()))
        );
        println!(
            "  residual of the second pass like the first (cosine above 0.9): {} of {count}",
            self.same_code
        );
    }
}

fn psnr(a: &RgbImage, b: &RgbImage) -> f64 {
    let squared: f64 = a
        .iter()
        .zip(b.iter())
        .map(|(&a, &b)| f64::from(a.abs_diff(b)).powi(2))
        .sum();
    10.0 * (255.0 * 255.0 * a.len() as f64 / squared).log10()
}

fn cosine(a: &Residual, b: &Residual) -> f64 {
    let dot = |a: &Residual, b: &Residual| -> f64 {
        a.planes()
            .iter()
            .zip(b.planes())
            .map(|(&a, &b)| f64::from(a) * f64::from(b))
            .sum()
    };
    dot(a, b) / (dot(a, a) * dot(b, b)).sqrt()
}
