//! Protecting a JPEG in its coefficients.

use std::fmt;

use super::coefficients::{Photo, Preview, PreviewSamples};
use super::decode::decode_read;
use super::encoding::Encoding;
use super::finish::finish;
use crate::codec::colour::{ToSrgb, cmyk_to_srgb};
use crate::codec::format::{Changed, Job};
use crate::codec::photo::{Source, check_memory};
use crate::error::{Error, ErrorKind, Result};
use crate::options::JpegMethod;
use crate::orientation::Orientation;
use crate::pixels::{PixelLayout, Pixels};
use crate::platform::Instant;
use crate::protector::Computed;
use crate::stage::Stage;
use crate::working::WorkingColour;

/// The IJG quality at which a photo is compressed again whose own steps would lose the residual.
const QUALITY_FOR_COARSE: u8 = 75;

/// What came of the attempt.
enum Attempt {
    Done(Changed),
    /// The photo has to be decoded to pixels.
    Unsuited(Why),
}

/// Why a photo cannot be, or is not to be, protected in its coefficients.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Why {
    PixelsAskedFor,
    QualityAskedFor,
    GrayAndColour,
    Unusual,
    TooFine,
    TooSmall,
    Coarse,
    NoRoom,
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::PixelsAskedFor => "the pixel method was asked for",
            Self::QualityAskedFor => "a quality was asked for, which means to compress it again",
            Self::GrayAndColour => "the photo is gray and the generator's residual is colour only",
            Self::Unusual => "it is coded in an unusual way",
            Self::TooFine => "the generator's residual is too fine",
            Self::TooSmall => {
                "it is progressive and too small to hold the residual in its blocks' means"
            }
            Self::Coarse => {
                "its quantiser steps are so coarse that the residual would show as coloured blocks"
            }
            Self::NoRoom => "its Huffman tables have no room for a code that is needed",
        })
    }
}

/// Protects a JPEG in its coefficients where that can be done and is wanted; `None` where pixels are needed.
///
/// # Errors
/// `UnsupportedFormat` where it cannot be done and no other way is wanted, or there is none; else those of
/// [`protect_bytes`](crate::Protector::protect_bytes).
pub(super) fn change(
    job: Job<'_>,
    source: &mut Source,
    encoding: &mut Encoding,
) -> Result<Option<Changed>> {
    let options = job.options;
    let why = match attempt(job, source, encoding)? {
        Attempt::Done(changed) => return Ok(Some(changed)),
        Attempt::Unsuited(why) => why,
    };
    let components = encoding.components;
    if options.jpeg == JpegMethod::Coefficients || components == 4 {
        let kind = if components == 4 {
            "a CMYK JPEG"
        } else {
            "this JPEG"
        };
        let message = format!("{kind} cannot be protected in its coefficients: {why}");
        return Err(Error::new(ErrorKind::UnsupportedFormat, message));
    }
    if why == Why::Coarse {
        encoding.tables = None;
        encoding.quality = encoding.quality.max(QUALITY_FOR_COARSE);
    }
    if options.jpeg == JpegMethod::Auto && options.quality.is_none() && components != 1 {
        source.notes.push(format!("compressed anew: {why}"));
    }
    Ok(None)
}

fn attempt(job: Job<'_>, source: &Source, encoding: &Encoding) -> Result<Attempt> {
    let Job {
        protector, options, ..
    } = job;
    let cancel = &options.cancel;
    let chroma = protector.generator().chroma();
    if options.jpeg == JpegMethod::Reencode {
        return Ok(Attempt::Unsuited(Why::PixelsAskedFor));
    }
    if options.quality.is_some() {
        return Ok(Attempt::Unsuited(Why::QualityAskedFor));
    }
    if encoding.components == 1 && chroma {
        return Ok(Attempt::Unsuited(Why::GrayAndColour));
    }
    let Some(photo) = Photo::read(job.input, cancel)? else {
        return Ok(Attempt::Unsuited(Why::Unusual));
    };
    let preview = photo.preview();
    let decode_time = job.started.elapsed();
    options.on_stage.enter(Stage::Generator)?;
    let (mut computed, notes) = compute(job, &photo, &preview, source)?;
    if !photo.takes(&computed.residual) {
        return Ok(Attempt::Unsuited(Why::TooFine));
    }
    // A CMYK photo has no other way: it holds what it can.
    let other_way = options.jpeg == JpegMethod::Auto && encoding.components != 4;
    if other_way && !photo.holds(&computed.residual) {
        return Ok(Attempt::Unsuited(Why::TooSmall));
    }
    options.on_stage.enter(Stage::Blend)?;
    let started = Instant::now();
    if photo.is_coarse_for(&computed.residual, options.strength, chroma) {
        return Ok(Attempt::Unsuited(Why::Coarse));
    }
    let edits = photo.edits(&computed.residual, options.strength, chroma);
    computed.timings.blend = started.elapsed();
    cancel.check()?;
    options.on_stage.enter(Stage::Encode)?;
    let started = Instant::now();
    let Some(bytes) = photo.write(&edits, &source.segments, cancel)? else {
        return Ok(Attempt::Unsuited(Why::NoRoom));
    };
    let bytes = finish(bytes, encoding)?;
    computed.timings.decode = Some(decode_time);
    computed.timings.encode = Some(started.elapsed());
    let mut report = protector.report(source.size(), &computed, edits.change);
    report.jpeg = Some(JpegMethod::Coefficients);
    report.notes.extend(notes);
    cancel.check()?;
    Ok(Attempt::Done(Changed { bytes, report }))
}

/// Runs the generator on the photo scaled down by 8, or on the whole photo where that would be too small. Also what
/// the report should say of the colour space.
fn compute(
    job: Job<'_>,
    photo: &Photo<'_>,
    preview: &Preview,
    source: &Source,
) -> Result<(Computed, Vec<String>)> {
    let orientation = Orientation::from_exif(source.orientation.into()).unwrap_or_default();
    let Job {
        protector, options, ..
    } = job;
    let size = (source.width as usize, source.height as usize);
    let needed = protector.stored_grid(size, orientation)?;
    let small = preview.width < needed.0 || preview.height < needed.1;
    let (colour, unusable) = match &preview.samples {
        // Converted below, by the profile for inks.
        PreviewSamples::Cmyk { .. } => (None, None),
        PreviewSamples::Rgb(_) => ToSrgb::or_note(&source.space),
    };
    let working = colour.as_ref().map(|colour| colour as &dyn WorkingColour);
    let run = |samples: &[u8], (width, height): (usize, usize), layout: PixelLayout| {
        let stride = width * layout.bytes_per_pixel();
        let pixels = Pixels::new(samples, width as u32, height as u32, stride, layout)?;
        protector.install(|| protector.compute(&pixels, orientation, working, &options.cancel))
    };
    let eighth = (preview.width, preview.height);
    let computed = match &preview.samples {
        PreviewSamples::Rgb(_) if small => {
            let stated = source.size();
            check_memory(stated, &options.limits)?;
            let decoded = decode_read(photo, job.input, stated, &options.cancel)?;
            run(&decoded.pixels, size, decoded.layout)
        }
        PreviewSamples::Rgb(samples) => run(samples, eighth, PixelLayout::Rgb8),
        PreviewSamples::Cmyk { samples, inverted } => {
            let rgb = cmyk_to_srgb(source.space.profile(), samples, *inverted);
            run(&rgb, eighth, PixelLayout::Rgb8)
        }
    }?;
    let notes = unusable
        .into_iter()
        .chain(colour.and_then(|colour| colour.note()));
    Ok((computed, notes.collect()))
}
