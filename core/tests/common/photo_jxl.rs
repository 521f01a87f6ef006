//! JPEG XL files made and read apart from the code under test.
#![allow(dead_code)] // Each test binary uses its own part.
#![allow(clippy::unwrap_used)]

use jxl::api::{
    Endianness, Event, ExtraChannel, JxlColorProfile, JxlColorType, JxlDataFormat, JxlDecoder,
    JxlDecoderOptions, JxlOutputBuffer, JxlPixelFormat, ProfileLevel,
};
use zune_jpeg::zune_core::bit_depth::BitDepth;
use zune_jpeg::zune_core::colorspace::ColorSpace;
use zune_jpeg::zune_core::options::EncoderOptions;
use zune_jpegxl::JxlSimpleEncoder;

pub(crate) const SIZE: (u32, u32) = (61, 47);

/// A lossless file of 16-bit samples, or of their high bytes.
pub(crate) fn encoded(samples: &[u16], size: (u32, u32), space: ColorSpace, wide: bool) -> Vec<u8> {
    let bytes: Vec<u8> = if wide {
        samples
            .iter()
            .flat_map(|sample| sample.to_ne_bytes())
            .collect()
    } else {
        samples.iter().map(|sample| (sample >> 8) as u8).collect()
    };
    let options = EncoderOptions::default()
        .set_width(size.0 as usize)
        .set_height(size.1 as usize)
        .set_colorspace(space)
        .set_depth(if wide {
            BitDepth::Sixteen
        } else {
            BitDepth::Eight
        })
        .set_num_threads(0);
    let mut file = Vec::new();
    JxlSimpleEncoder::new(&bytes, options)
        .encode(&mut file)
        .unwrap();
    if wide {
        boxed_at_level(&file, &[], Some(10))
    } else {
        file
    }
}

/// A container round a bare codestream.
pub(crate) fn boxed(photo: &[u8], boxes: &[([u8; 4], &[u8])]) -> Vec<u8> {
    boxed_at_level(photo, boxes, None)
}

fn boxed_at_level(photo: &[u8], boxes: &[([u8; 4], &[u8])], level: Option<u8>) -> Vec<u8> {
    let mut file = b"\0\0\0\x0CJXL \r\n\x87\n\0\0\0\x14ftypjxl \0\0\0\0jxl ".to_vec();
    let level = level.map(|level| vec![level]);
    let level = level.iter().map(|level| (*b"jxll", &level[..]));
    let boxes = level
        .chain(boxes.iter().copied())
        .chain([(*b"jxlc", photo)]);
    for (kind, contents) in boxes {
        file.extend((contents.len() as u32 + 8).to_be_bytes());
        file.extend(kind);
        file.extend(contents);
    }
    file
}

/// The kinds of a file's boxes.
pub(crate) fn kinds(file: &[u8]) -> Vec<String> {
    let mut kinds = Vec::new();
    let mut rest = file;
    while rest.len() >= 8 && file.starts_with(b"\0\0\0\x0C") {
        let size = u32::from_be_bytes(rest[..4].try_into().unwrap()) as usize;
        kinds.push(String::from_utf8_lossy(&rest[4..8]).into_owned());
        rest = &rest[size..];
    }
    kinds
}

/// The contents of an EXIF box: orientation 1 and, under a tag of no known meaning, a secret.
pub(crate) fn exif() -> Vec<u8> {
    let mut exif = b"\0\0\0\0II*\0\x08\0\0\0\x02\0".to_vec();
    exif.extend(b"\x12\x01\x03\0\x01\0\0\0\x01\0\0\0");
    exif.extend(b"\x31\xFD\x02\0\x07\0\0\0\x26\0\0\0");
    exif.extend(b"\0\0\0\0SECRET\0");
    exif
}

/// A JPEG with orientation 6.
pub(crate) fn turned_jpeg() -> Vec<u8> {
    let mut jpeg = Vec::new();
    let mut encoder = jpeg_encoder::Encoder::new(&mut jpeg, 90);
    let exif = b"Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0";
    encoder.add_app_segment(1, exif.to_vec()).unwrap();
    let photo: Vec<u8> = (0..SIZE.0 * SIZE.1 * 3)
        .map(|i| (i * 7 / 11 % 256) as u8)
        .collect();
    encoder
        .encode(
            &photo,
            SIZE.0 as u16,
            SIZE.1 as u16,
            jpeg_encoder::ColorType::Rgb,
        )
        .unwrap();
    jpeg
}

/// A decoded file.
pub(crate) struct Photo {
    /// All samples in 16 bits; orientation not applied.
    pub(crate) samples: Vec<u16>,
    /// 1 or 3.
    pub(crate) colours: usize,
    pub(crate) alpha: bool,
    pub(crate) space: JxlColorProfile,
    /// Intensity target and darkest level.
    pub(crate) brightness: (f32, f32),
}

impl Photo {
    /// The high bytes.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        self.samples
            .iter()
            .map(|sample| (sample / 257) as u8)
            .collect()
    }
}

pub(crate) fn decoded(file: &[u8]) -> Photo {
    let mut options = JxlDecoderOptions::default();
    options.adjust_orientation = false;
    options.max_profile_level = ProfileLevel::Main10;
    let mut decoder = JxlDecoder::new(options);
    let mut input = file;
    assert_eq!(
        decoder.process(&mut input, None, None).unwrap(),
        Event::BasicInfo
    );
    let info = decoder.basic_info().unwrap().clone();
    let colours = decoder.embedded_color_profile().unwrap().channels();
    let alpha = info
        .extra_channels
        .iter()
        .any(|extra| extra.ec_type == ExtraChannel::Alpha);
    let color_type = match (colours, alpha) {
        (1, false) => JxlColorType::Grayscale,
        (1, true) => JxlColorType::GrayscaleAlpha,
        (_, false) => JxlColorType::Rgb,
        (_, true) => JxlColorType::Rgba,
    };
    let wide = info.bit_depth.bits_per_sample() > 8;
    let format = if wide {
        JxlDataFormat::U16 {
            endianness: Endianness::LittleEndian,
            bit_depth: 16,
        }
    } else {
        JxlDataFormat::U8 { bit_depth: 8 }
    };
    decoder
        .set_pixel_format(JxlPixelFormat {
            color_type,
            color_data_format: Some(format),
            extra_channel_format: vec![None; info.extra_channels.len()],
        })
        .unwrap();
    let space = decoder.output_color_profile().unwrap().clone();
    let (width, height) = info.size;
    let row = width * (colours + usize::from(alpha)) * if wide { 2 } else { 1 };
    let mut bytes = vec![0; row * height];
    let mut buffers = [JxlOutputBuffer::new(&mut bytes, height, row)];
    while !matches!(
        decoder
            .process(&mut input, Some(&mut buffers), None)
            .unwrap(),
        Event::FrameComplete { .. }
    ) {}
    let samples = if wide {
        bytes
            .as_chunks()
            .0
            .iter()
            .map(|&pair| u16::from_le_bytes(pair))
            .collect()
    } else {
        bytes.iter().map(|&byte| u16::from(byte) * 257).collect()
    };
    Photo {
        samples,
        colours,
        alpha,
        space,
        brightness: (
            info.tone_mapping.intensity_target,
            info.tone_mapping.min_nits,
        ),
    }
}
