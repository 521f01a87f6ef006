//! Protecting a JPEG in its coefficients.

use std::sync::Arc;
use std::time::Instant;

use super::colour::{ToSrgb, cmyk_to_srgb};
use super::jpeg::coefficients::{Photo, Preview, PreviewSamples};
use super::source::{Encoding, Segment, Source};
use super::{Protected, decode, jpeg};
use crate::error::{Error, ErrorKind, Result};
use crate::options::{JpegMethod, ProtectOptions};
use crate::orientation::Orientation;
use crate::pixels::{PixelLayout, Pixels};
use crate::protector::{Computed, Protector};
use crate::stage::Stage;
use crate::working::WorkingColour;

/// Why a file that was compressed very hard has to be compressed anew.
const COARSE: &str =
    "its quantiser steps are so coarse that the residual would show as coloured blocks";

/// The IJG quality at which it is compressed then, so that the residual is not lost.
const QUALITY_FOR_COARSE: u8 = 75;

/// What came of the attempt.
pub(super) enum Attempt {
    Done(Protected),
    /// The photo has to go by way of pixels.
    Unsuited(Source),
}

impl Protector {
    /// Protects a JPEG in its coefficients where that can be done and is wanted.
    ///
    /// # Errors
    /// `UnsupportedFormat` where it cannot be done and no other way is wanted, or there is none; else those of
    /// [`protect_bytes`](Self::protect_bytes).
    pub(super) fn protect_coefficients(
        &self,
        input: &[u8],
        mut source: Source,
        options: &ProtectOptions,
        started: Instant,
    ) -> Result<Attempt> {
        let Encoding::Jpeg(encoding) = &source.encoding else {
            return Ok(Attempt::Unsuited(source));
        };
        let components = encoding.components;
        let outcome = if options.jpeg == JpegMethod::Pixels {
            Err("the pixel method was asked for")
        } else if options.quality.is_some() {
            Err("a quality was asked for, which means to compress anew")
        } else if components == 1 && self.generator().chroma() {
            Err("the photo is gray and the generator's residual is colour only")
        } else {
            self.change_coefficients(input, (&source, encoding), options, started)?
        };
        let why = match outcome {
            Ok(protected) => return Ok(Attempt::Done(protected)),
            Err(why) => why,
        };
        if options.jpeg == JpegMethod::Coefficients || components == 4 {
            let kind = if components == 4 {
                "a CMYK JPEG"
            } else {
                "this JPEG"
            };
            let message = format!("{kind} cannot be protected in its coefficients: {why}");
            return Err(Error::new(ErrorKind::UnsupportedFormat, message));
        }
        if why == COARSE
            && let Encoding::Jpeg(encoding) = &mut source.encoding
            && let Some(encoding) = Arc::get_mut(encoding)
        {
            encoding.tables = None;
            encoding.quality = encoding.quality.max(QUALITY_FOR_COARSE);
        }
        if options.jpeg == JpegMethod::Auto && options.quality.is_none() && components != 1 {
            source.notes.push(format!("compressed anew: {why}"));
        }
        Ok(Attempt::Unsuited(source))
    }

    /// The protected file, or why it cannot be had this way.
    fn change_coefficients(
        &self,
        input: &[u8],
        (source, encoding): (&Source, &jpeg::Encoding),
        options: &ProtectOptions,
        started: Instant,
    ) -> Result<Result<Protected, &'static str>> {
        let cancel = &options.cancel;
        let Some(photo) = Photo::read(input, cancel)? else {
            return Ok(Err("it is coded in an unusual way"));
        };
        let preview = photo.preview();
        let decode_time = started.elapsed();
        options.on_stage.enter(Stage::Generator)?;
        let (mut computed, notes) = self.compute_from(&preview, input, source, options)?;
        if !photo.takes(&computed.residual) {
            return Ok(Err("the generator's residual is too fine"));
        }
        if options.jpeg == JpegMethod::Auto && !photo.holds(&computed.residual) {
            return Ok(Err(
                "it is progressive and too small to hold the residual in its blocks' means",
            ));
        }
        options.on_stage.enter(Stage::Blend)?;
        let started = Instant::now();
        let chroma = self.generator().chroma();
        if photo.is_coarse_for(&computed.residual, options.strength, chroma) {
            return Ok(Err(COARSE));
        }
        let edits = photo.edits(&computed.residual, options.strength, chroma);
        computed.timings.blend = started.elapsed();
        cancel.check()?;
        options.on_stage.enter(Stage::Encode)?;
        let started = Instant::now();
        let Some(bytes) = photo.write(&edits, &source.segments, cancel)? else {
            return Ok(Err(
                "its Huffman tables have no room for a code that is needed",
            ));
        };
        let bytes = jpeg::finish(bytes, encoding)?;
        computed.timings.decode = Some(decode_time);
        computed.timings.encode = Some(started.elapsed());
        let size = (source.width, source.height);
        let mut report = self.report(size, &computed, edits.change);
        report.jpeg = Some(JpegMethod::Coefficients);
        report.metadata = source.segments.iter().map(Segment::entry).collect();
        report.notes.extend(notes);
        report.notes.extend(source.notes.iter().cloned());
        cancel.check()?;
        Ok(Ok(Protected {
            bytes,
            format: source.format,
            report,
        }))
    }

    /// Runs the generator on the photo scaled down by 8, or on the whole photo where that would be too small. Also what
    /// the report should say of the colour space.
    fn compute_from(
        &self,
        preview: &Preview,
        input: &[u8],
        source: &Source,
        options: &ProtectOptions,
    ) -> Result<(Computed, Vec<String>)> {
        let orientation = Orientation::from_exif(source.orientation.into()).unwrap_or_default();
        let size = (source.width as usize, source.height as usize);
        let needed = self.stored_grid(size, orientation)?;
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
            self.install(|| self.compute(&pixels, orientation, working, &options.cancel))
        };
        let eighth = (preview.width, preview.height);
        let computed = match &preview.samples {
            PreviewSamples::Rgb(_) if small => {
                let stated = (source.width, source.height);
                let decoded = decode::decode(input, source.format, stated, options)?;
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
}
