//! Writing TIFF: one directory, strips packed as in the input, the kept tags.

use std::io::{Cursor, Seek, Write};

use tiff::encoder::colortype::{ColorType, Gray8, Gray16, RGB8, RGB16, RGBA8, RGBA16};
use tiff::encoder::{
    self, DeflateLevel, DirectoryEncoder, TiffEncoder, TiffKindStandard, TiffValue,
};
use tiff::tags::{PhotometricInterpretation, Predictor, SampleFormat, Tag};
use tiff::{TiffError, TiffResult};

use super::directory::Values;
use super::encoding::{Compression, Encoding};
use super::tags;
use crate::cancel::CancelToken;
use crate::codec::metadata::ifd::{ByteOrder, Directory};
use crate::codec::photo::Decoded;
use crate::codec::watched::{Watched, apart};
use crate::error::{Error, ErrorKind, Result};
use crate::pixels::PixelLayout;
use crate::sample::{Sample, Stored};

/// Gray and alpha, which the encoder does not know.
struct GrayAlpha<T>(std::marker::PhantomData<T>);

macro_rules! gray_alpha {
    ($inner:ty, $bits:literal) => {
        impl ColorType for GrayAlpha<$inner> {
            type Inner = $inner;
            const TIFF_VALUE: PhotometricInterpretation = PhotometricInterpretation::BlackIsZero;
            const BITS_PER_SAMPLE: &'static [u16] = &[$bits, $bits];
            const SAMPLE_FORMAT: &'static [SampleFormat] =
                &[SampleFormat::Uint, SampleFormat::Uint];

            fn horizontal_predict(row: &[$inner], result: &mut Vec<$inner>) {
                let before = [0, 0].iter().chain(row);
                result.extend(
                    row.iter()
                        .zip(before)
                        .map(|(now, before)| now.wrapping_sub(*before)),
                );
            }
        }
    };
}

gray_alpha!(u8, 8);
gray_alpha!(u16, 16);

/// Encodes rows without padding, apart: a strip is packed whole before it is written.
pub(super) fn encode(
    decoded: Decoded,
    size: (u32, u32),
    encoding: Encoding,
    cancel: &CancelToken,
) -> Result<Vec<u8>> {
    let token = cancel.clone();
    let work = move || encode_here(decoded, size, &encoding, &token);
    apart(ErrorKind::Encode, cancel, work)?
}

fn encode_here(
    decoded: Decoded,
    size: (u32, u32),
    encoding: &Encoding,
    cancel: &CancelToken,
) -> Result<Vec<u8>> {
    let layout = decoded.layout;
    let mut file = Cursor::new(Vec::with_capacity(decoded.pixels.len() / 2 + 4096));
    let writer = Watched::new(&mut file, cancel);
    if layout.peak() == u16::MAX {
        let samples = <[u8; 2]>::of(&decoded.pixels).iter();
        let samples: Vec<u16> = samples.map(|&sample| sample.value()).collect();
        drop(decoded);
        match layout {
            PixelLayout::Gray16 => write::<_, Gray16>(writer, &samples, size, encoding),
            PixelLayout::GrayAlpha16 => {
                write::<_, GrayAlpha<u16>>(writer, &samples, size, encoding)
            }
            PixelLayout::Rgb16 => write::<_, RGB16>(writer, &samples, size, encoding),
            _ => write::<_, RGBA16>(writer, &samples, size, encoding),
        }
    } else {
        match layout {
            PixelLayout::Gray8 => write::<_, Gray8>(writer, &decoded.pixels, size, encoding),
            PixelLayout::GrayAlpha8 => {
                write::<_, GrayAlpha<u8>>(writer, &decoded.pixels, size, encoding)
            }
            PixelLayout::Rgb8 => write::<_, RGB8>(writer, &decoded.pixels, size, encoding),
            _ => write::<_, RGBA8>(writer, &decoded.pixels, size, encoding),
        }
    }
    .map_err(failed)?;
    let mut file = file.into_inner();
    if !is_packed(encoding) {
        without_predictor(&mut file);
    }
    Ok(file)
}

/// Whether strips are packed in a way that a predictor helps.
fn is_packed(encoding: &Encoding) -> bool {
    matches!(
        encoding.compression,
        Compression::Lzw | Compression::Deflate
    )
}

/// Takes the predictor out of the last directory, which the encoder always writes and which readers know of packed strips
/// only. The directory becomes shorter by an entry; nothing else moves. The file is one that the encoder wrote.
fn without_predictor(file: &mut [u8]) -> Option<()> {
    let order = ByteOrder::of(file)?;
    let directory = Directory::read(file, order, order.u32(file, 4)? as usize)?;
    let at = directory.entry(file, order, tags::PREDICTOR)?;
    let count = u16::try_from(directory.entries - 1).ok()?;
    let count = match order {
        ByteOrder::Little => count.to_le_bytes(),
        ByteOrder::Big => count.to_be_bytes(),
    };
    file[directory.start..directory.start + 2].copy_from_slice(&count);
    file.copy_within(at + 12..directory.end, at);
    file[directory.end - 12..directory.end].fill(0);
    Some(())
}

fn write<W: Write + Seek, C: ColorType>(
    writer: W,
    samples: &[C::Inner],
    (width, height): (u32, u32),
    encoding: &Encoding,
) -> TiffResult<()>
where
    [C::Inner]: TiffValue,
{
    let mut tiff = TiffEncoder::new(writer)?
        .with_compression(match encoding.compression {
            Compression::None => encoder::Compression::Uncompressed,
            Compression::Lzw => encoder::Compression::Lzw,
            Compression::Deflate => encoder::Compression::Deflate(DeflateLevel::Balanced),
            Compression::PackBits => encoder::Compression::Packbits,
        })
        .with_predictor(if is_packed(encoding) && encoding.differences {
            Predictor::Horizontal
        } else {
            Predictor::None
        });
    let metadata = &encoding.metadata;
    let interoperability = directory(&mut tiff, &metadata.interoperability, None)?;
    let interoperability = interoperability.map(|offset| (tags::INTEROPERABILITY, offset));
    let exif = directory(&mut tiff, &metadata.exif, interoperability)?;
    let gps = directory(&mut tiff, &metadata.gps, None)?;
    let mut image = tiff.new_image::<C>(width, height)?;
    let tags = image.encoder();
    write_values(tags, &metadata.main)?;
    for (tag, offset) in [(tags::EXIF, exif), (tags::GPS, gps)] {
        if let Some(offset) = offset {
            tags.write_tag(Tag::from_u16_exhaustive(tag), offset)?;
        }
    }
    if let Some(alpha) = encoding.alpha {
        tags.write_tag(Tag::ExtraSamples, alpha)?;
    }
    image.write_data(samples)
}

/// Writes a directory without pixels, with a pointer to another one in it; `None` where there is nothing to write.
fn directory<W: Write + Seek>(
    tiff: &mut TiffEncoder<W>,
    values: &Values,
    pointer: Option<(u16, u32)>,
) -> TiffResult<Option<u32>> {
    if values.is_empty() && pointer.is_none() {
        return Ok(None);
    }
    let mut directory = tiff.extra_directory()?;
    write_values(&mut directory, values)?;
    if let Some((tag, offset)) = pointer {
        directory.write_tag(Tag::from_u16_exhaustive(tag), offset)?;
    }
    Ok(Some(directory.finish_with_offsets()?.offset))
}

/// Writes values at even offsets, as TIFF 6.0 asks for (section 2).
fn write_values<W: Write + Seek>(
    directory: &mut DirectoryEncoder<'_, W, TiffKindStandard>,
    values: &Values,
) -> TiffResult<()> {
    for (&tag, value) in values {
        directory.write_tag_buf(Tag::from_u16_exhaustive(tag), value)?;
        let end = directory.write_data(&[] as &[u8])?;
        if end % 2 == 1 {
            directory.write_data(0u8)?;
        }
    }
    Ok(())
}

fn failed(error: TiffError) -> Error {
    Error::new(ErrorKind::Encode, "the TIFF could not be written").with_source(error)
}
