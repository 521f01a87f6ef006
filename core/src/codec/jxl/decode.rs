//! Reading headers and pixels.

use std::io::{self, IoSliceMut, Read};

use jxl::api::{
    Endianness, Event, ExtraChannel, JxlBasicInfo, JxlBitstreamInput, JxlColorProfile,
    JxlColorType, JxlDataFormat, JxlDecoder, JxlDecoderOptions, JxlOutputBuffer, JxlParallelRunner,
    JxlParallelRunnerFun, JxlPixelFormat, ProfileLevel,
};

use super::layout::layout;
use crate::cancel::CancelToken;
use crate::codec::photo::{Decoded, check_same_size};
use crate::error::{Error, ErrorKind, Result};
use crate::options::{Limits, ProtectOptions};
use crate::pixels::PixelLayout;

/// Bytes of the codestream that are fed at a time while looking for the end of its header.
const STEP: usize = 8;

/// How many frames make up the photo.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Frames {
    One,
    /// Layers, patches or a preview beside it: each may be held whole.
    Several,
}

/// What the headers say.
pub(super) struct Head {
    pub(super) info: JxlBasicInfo,
    /// The space that the photo states.
    pub(super) embedded: JxlColorProfile,
    /// The space that its samples are decoded to.
    pub(super) space: JxlColorProfile,
    pub(super) frames: Frames,
}

/// Reads all headers and no pixels. `start`: where the codestream starts in the file.
pub(super) fn head(file: &[u8], start: usize, limits: &Limits) -> Result<Head> {
    let mut decoder = decoder(limits, true);
    let mut fed = start.min(file.len());
    let mut input = &file[..fed];
    loop {
        match decoder.process(&mut input, None, None).map_err(failed)? {
            Event::BasicInfo => break,
            Event::NeedMoreInput { .. } if fed < file.len() => {
                // What was not taken is offered again.
                let from = fed - input.len();
                fed = (fed + STEP).min(file.len());
                input = &file[from..fed];
            }
            _ => return Err(cut()),
        }
    }
    let header_end = fed;
    let info = decoder.basic_info().cloned().ok_or_else(cut)?;
    let embedded = decoder.embedded_color_profile().cloned().ok_or_else(cut)?;
    let gray = embedded.channels() == 1;
    let layout = layout(&info, gray)?;
    decoder
        .set_pixel_format(format(&info, layout))
        .map_err(failed)?;
    let space = decoder.output_color_profile().cloned().ok_or_else(cut)?;

    let mut input = &file[fed - input.len()..];
    loop {
        match decoder.process(&mut input, None, None).map_err(failed)? {
            Event::Complete => break,
            Event::NeedMoreInput { .. } => {
                // Boxes after the photo may be anything; they were read before.
                if decoder
                    .scanned_frames()
                    .last()
                    .is_some_and(|frame| frame.is_last)
                {
                    break;
                }
                return Err(cut());
            }
            _ => {}
        }
    }
    let frames = match decoder.scanned_frames() {
        [frame] if frame.file_offset <= header_end as u64 => Frames::One,
        _ => Frames::Several,
    };
    Ok(Head {
        info,
        embedded,
        space,
        frames,
    })
}

/// Width and height as stored.
pub(super) fn stored_size(info: &JxlBasicInfo) -> Result<(u32, u32)> {
    let side = |side| {
        u32::try_from(side)
            .map_err(|_| Error::new(ErrorKind::Decode, "the JPEG XL header is damaged"))
    };
    Ok((side(info.size.0)?, side(info.size.1)?))
}

/// Checks what decoding may take: samples of 4 bytes for a whole frame, of which five may be held where there are
/// several, and the decoded photo.
pub(super) fn check_memory(
    (width, height): (u32, u32),
    layout: PixelLayout,
    frames: Frames,
    limits: &Limits,
) -> Result<()> {
    let held = match frames {
        Frames::One => 1,
        Frames::Several => 5,
    };
    let samples = layout.samples_per_pixel() as u64;
    let each = 4 * samples * held + layout.bytes_per_pixel() as u64;
    let bytes = u64::from(width) * u64::from(height) * each;
    if bytes <= limits.max_alloc_bytes {
        return Ok(());
    }
    Err(Error::new(
        ErrorKind::LimitExceeded,
        format!(
            "decoding {width} x {height} px of JPEG XL may take {bytes} bytes, more than the limit of {} \
             (Limits::max_alloc_bytes)",
            limits.max_alloc_bytes
        ),
    ))
}

/// Decodes a file whose size and layout were checked before.
pub(super) fn decode(file: &[u8], size: (u32, u32), options: &ProtectOptions) -> Result<Decoded> {
    let mut input = Bytes {
        rest: file,
        cancel: &options.cancel,
    };
    let mut decoder = decoder(&options.limits, false);
    while decoder.process(&mut input, None, None).map_err(failed)? != Event::BasicInfo {
        if input.rest.is_empty() {
            return Err(cut());
        }
    }
    let info = decoder.basic_info().cloned().ok_or_else(cut)?;
    check_same_size(size, stored_size(&info)?)?;
    let gray = decoder
        .embedded_color_profile()
        .is_some_and(|space| space.channels() == 1);
    let layout = layout(&info, gray)?;
    decoder
        .set_pixel_format(format(&info, layout))
        .map_err(failed)?;
    let row = size.0 as usize * layout.bytes_per_pixel();
    let length = row * size.1 as usize;
    // The decoder writes 16-bit samples at even addresses only.
    let mut pixels = vec![0; length + 1];
    let odd = pixels.as_ptr().addr() % 2;
    {
        let buffer = JxlOutputBuffer::new(&mut pixels[odd..odd + length], size.1 as usize, row);
        let mut buffers = [buffer];
        loop {
            match decoder
                .process(
                    &mut input,
                    Some(&mut buffers),
                    Some(&mut InOrder(&options.cancel)),
                )
                .map_err(failed)?
            {
                Event::FrameComplete {
                    has_more_frames: false,
                } => break,
                Event::FrameHeader => {}
                _ => return Err(cut()),
            }
        }
    }
    pixels.copy_within(odd..odd + length, 0);
    pixels.truncate(length);
    Ok(Decoded { pixels, layout })
}

fn decoder(limits: &Limits, headers_only: bool) -> JxlDecoder {
    let mut options = JxlDecoderOptions::default();
    options.adjust_orientation = false;
    options.skip_preview = true;
    options.scan_frames_only = headers_only;
    options.max_profile_level = ProfileLevel::Main10;
    // Three colours, alpha and depth.
    options.sample_limit =
        Some(usize::try_from(limits.max_pixels.saturating_mul(5)).unwrap_or(usize::MAX));
    JxlDecoder::new(options)
}

/// Interleaved samples with alpha where there is one; a depth map is left out.
fn format(info: &JxlBasicInfo, layout: PixelLayout) -> JxlPixelFormat {
    let color_type = match (layout.is_gray(), layout.has_alpha()) {
        (true, false) => JxlColorType::Grayscale,
        (true, true) => JxlColorType::GrayscaleAlpha,
        (false, false) => JxlColorType::Rgb,
        (false, true) => JxlColorType::Rgba,
    };
    let samples = if layout.peak() == u16::MAX {
        JxlDataFormat::U16 {
            endianness: Endianness::native(),
            bit_depth: 16,
        }
    } else {
        JxlDataFormat::U8 { bit_depth: 8 }
    };
    debug_assert!(
        info.extra_channels
            .iter()
            .filter(|e| e.ec_type == ExtraChannel::Alpha)
            .count()
            < 2
    );
    JxlPixelFormat {
        color_type,
        color_data_format: Some(samples),
        extra_channel_format: vec![None; info.extra_channels.len()],
    }
}

/// The bytes of a file, which fail once the caller has cancelled.
struct Bytes<'a> {
    rest: &'a [u8],
    cancel: &'a CancelToken,
}

impl Bytes<'_> {
    fn check(&self) -> io::Result<()> {
        if self.cancel.is_cancelled() {
            return Err(io::Error::other("cancelled"));
        }
        Ok(())
    }
}

/// Does the decoder's work in order, one group of 256 x 256 px after the other, and fails once the caller has cancelled.
struct InOrder<'a>(&'a CancelToken);

impl JxlParallelRunner for InOrder<'_> {
    fn run(&mut self, count: usize, work: &JxlParallelRunnerFun<'_>) -> jxl::error::Result<()> {
        self.run_ordered(count, None, work)
    }

    fn num_threads(&self) -> usize {
        1
    }

    fn run_ordered(
        &mut self,
        count: usize,
        _: Option<usize>,
        work: &JxlParallelRunnerFun<'_>,
    ) -> jxl::error::Result<()> {
        (0..count).try_for_each(|index| {
            if self.0.is_cancelled() {
                return Err(io::Error::other("cancelled").into());
            }
            work(index)
        })
    }
}

impl JxlBitstreamInput for Bytes<'_> {
    fn available_bytes(&mut self) -> io::Result<usize> {
        self.check()?;
        Ok(self.rest.len())
    }

    fn read(&mut self, buffers: &mut [IoSliceMut<'_>]) -> io::Result<usize> {
        self.check()?;
        self.rest.read_vectored(buffers)
    }
}

fn cut() -> Error {
    Error::new(ErrorKind::Decode, "the JPEG XL is damaged or cut short")
}

/// An error of the decoder in our terms.
fn failed(error: jxl::error::Error) -> Error {
    use jxl::error::Error as Jxl;
    let (kind, what) = match &error {
        Jxl::ImageSizeTooLarge(..) | Jxl::OutOfMemory(_) | Jxl::ImageOutOfMemory(..) => (
            ErrorKind::LimitExceeded,
            "decoding the JPEG XL would exceed the limits",
        ),
        _ => (ErrorKind::Decode, "the JPEG XL is damaged or cut short"),
    };
    Error::new(kind, what).with_source(error)
}
