//! The header of the codestream: size, samples, colour (ISO/IEC 18181-1, annex D).

use jxl::api::{
    JxlColorEncoding, JxlColorProfile, JxlPrimaries, JxlTransferFunction, JxlWhitePoint,
};

use super::bits::Bits;
use super::encoding::Encoding;
use super::icc;
use crate::pixels::PixelLayout;

/// The header of a photo of one frame that is not XYB, up to the byte where the frame starts.
pub(super) fn write(
    (width, height): (u32, u32),
    layout: PixelLayout,
    encoding: &Encoding,
) -> Vec<u8> {
    let mut bits = Bits::default();
    bits.put(16, 0x0AFF);
    size(&mut bits, (width, height));
    bits.flag(false); // not all default
    bits.flag(true); // orientation and tone mapping
    bits.put(3, u32::from(encoding.orientation.clamp(1, 8)) - 1);
    bits.put(3, 0); // no intrinsic size, preview, animation
    let wide = layout.peak() == u16::MAX;
    depth(&mut bits, wide);
    bits.flag(!wide); // 16-bit buffers are enough
    bits.put(2, layout.has_alpha().into()); // how many extra channels
    if layout.has_alpha() {
        bits.flag(false);
        bits.member(0); // alpha
        depth(&mut bits, wide);
        bits.put(2, 0); // full size
        bits.put(2, 0); // no name
        bits.flag(false); // not premultiplied
    }
    bits.flag(false); // not XYB
    colour(&mut bits, &encoding.space, layout.is_gray());
    tone(&mut bits, encoding);
    bits.length(0); // no extensions
    bits.flag(true); // default transforms
    if let JxlColorProfile::Icc(profile) = &encoding.space {
        icc::write(&mut bits, profile);
    }
    bits.into_bytes()
}

/// Bytes of the header that the frame encoder writes, which this one replaces.
pub(super) fn replaced_length((width, height): (u32, u32), layout: PixelLayout) -> usize {
    let side = |side: u32| {
        let mut bits = Bits::default();
        self::side(&mut bits, side);
        bits.length_in_bits()
    };
    let depth = if layout.peak() == u16::MAX { 2 + 6 } else { 2 };
    let extra = if layout.has_alpha() { 3 } else { 2 };
    let colour = if layout.is_gray() { 15 } else { 1 };
    let bits = 16 + 1 + side(height) + 3 + side(width) + 3 + depth + 1 + extra + 1 + colour + 3;
    bits.div_ceil(8)
}

/// Height, then width (D.2).
fn size(bits: &mut Bits, (width, height): (u32, u32)) {
    bits.flag(false); // not in units of eight
    side(bits, height);
    bits.put(3, 0); // no fixed ratio
    side(bits, width);
}

fn side(bits: &mut Bits, side: u32) {
    bits.ranged(side, [(1, 9), (1, 13), (1, 18), (1, 30)]);
}

/// Bits a sample (D.3.2).
fn depth(bits: &mut Bits, wide: bool) {
    bits.flag(false); // integers
    if wide {
        bits.put(2, 3);
        bits.put(6, 16 - 1);
    } else {
        bits.put(2, 0);
    }
}

/// The colour space (E.2).
fn colour(bits: &mut Bits, space: &JxlColorProfile, gray: bool) {
    bits.flag(false); // not all default
    let JxlColorProfile::Simple(encoding) = space else {
        bits.flag(true); // a profile follows
        bits.member(gray.into());
        return;
    };
    bits.flag(false);
    bits.member(gray.into());
    match encoding {
        JxlColorEncoding::RgbColorSpace {
            white_point,
            primaries,
            transfer_function,
            rendering_intent,
        } => {
            white(bits, white_point);
            self::primaries(bits, primaries);
            transfer(bits, transfer_function);
            bits.member(*rendering_intent as u32);
        }
        JxlColorEncoding::GrayscaleColorSpace {
            white_point,
            transfer_function,
            rendering_intent,
        } => {
            white(bits, white_point);
            transfer(bits, transfer_function);
            bits.member(*rendering_intent as u32);
        }
        // Never decoded to; sRGB.
        JxlColorEncoding::XYB { rendering_intent } => {
            white(bits, &JxlWhitePoint::D65);
            self::primaries(bits, &JxlPrimaries::SRGB);
            transfer(bits, &JxlTransferFunction::SRGB);
            bits.member(*rendering_intent as u32);
        }
    }
}

fn white(bits: &mut Bits, point: &JxlWhitePoint) {
    match *point {
        JxlWhitePoint::D65 => bits.member(1),
        JxlWhitePoint::Chromaticity { wx, wy } => {
            bits.member(2);
            chromaticity(bits, (wx, wy));
        }
        JxlWhitePoint::E => bits.member(10),
        JxlWhitePoint::DCI => bits.member(11),
    }
}

fn primaries(bits: &mut Bits, primaries: &JxlPrimaries) {
    match primaries {
        JxlPrimaries::SRGB => bits.member(1),
        JxlPrimaries::Chromaticities { .. } => {
            bits.member(2);
            for point in primaries.to_xy_coords() {
                chromaticity(bits, point);
            }
        }
        JxlPrimaries::BT2100 => bits.member(9),
        JxlPrimaries::P3 => bits.member(11),
    }
}

/// x and y in millionths, signs folded in.
fn chromaticity(bits: &mut Bits, (x, y): (f32, f32)) {
    for value in [x, y] {
        let value = (f64::from(value) * 1e6).round() as i32;
        let folded = ((value << 1) ^ (value >> 31)) as u32;
        bits.ranged(
            folded,
            [(0, 19), (524_288, 19), (1_048_576, 20), (2_097_152, 21)],
        );
    }
}

fn transfer(bits: &mut Bits, transfer: &JxlTransferFunction) {
    let code = match *transfer {
        JxlTransferFunction::Gamma(gamma) => {
            bits.flag(true);
            bits.put(24, (f64::from(gamma) * 1e7).round() as u32);
            return;
        }
        JxlTransferFunction::BT709 => 1,
        JxlTransferFunction::Linear => 8,
        JxlTransferFunction::SRGB => 13,
        JxlTransferFunction::PQ => 16,
        JxlTransferFunction::DCI => 17,
        JxlTransferFunction::HLG => 18,
    };
    bits.flag(false);
    bits.member(code);
}

/// How bright the photo is meant to be shown (D.3.5).
fn tone(bits: &mut Bits, encoding: &Encoding) {
    let tone = &encoding.tone;
    bits.flag(false); // not all default
    bits.half(tone.intensity_target);
    bits.half(tone.min_nits);
    bits.flag(tone.relative_to_max_display);
    bits.half(tone.linear_below);
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use jxl::api::{JxlDecoder, JxlDecoderOptions, ProfileLevel};

    #[test]
    fn spaces_without_a_name_and_profiles_are_read_back() {
        let JxlColorEncoding::RgbColorSpace {
            rendering_intent: intent,
            ..
        } = JxlColorEncoding::srgb(false)
        else {
            panic!("sRGB is RGB");
        };
        let custom = JxlColorEncoding::RgbColorSpace {
            white_point: JxlWhitePoint::Chromaticity {
                wx: 0.3457,
                wy: 0.3585,
            },
            primaries: JxlPrimaries::Chromaticities {
                rx: 0.7347,
                ry: 0.2653,
                gx: 0.1596,
                gy: 0.8404,
                bx: 0.0366,
                by: -0.0001,
            },
            transfer_function: JxlTransferFunction::Gamma(0.555_555_5),
            rendering_intent: intent,
        };
        let mut profile = moxcms::ColorProfile::new_display_p3().encode().unwrap();
        for (at, writer) in [b"APPL", b"MSFT", b"SGI ", b"SUNW", b"\0\0\0\0"]
            .into_iter()
            .enumerate()
        {
            profile[40..44].copy_from_slice(writer);
            profile[4] = at as u8;
            check(JxlColorProfile::Icc(profile.clone()));
        }
        check(JxlColorProfile::Simple(custom));
    }

    /// What the decoder reads in a header with a space.
    fn check(space: JxlColorProfile) {
        let tone = jxl::api::ToneMapping {
            intensity_target: 1000.0,
            min_nits: 0.5,
            relative_to_max_display: true,
            linear_below: 0.25,
        };
        let encoding = Encoding {
            space: space.clone(),
            orientation: 7,
            tone,
        };
        let mut header = write((70_000, 3), PixelLayout::Rgba8, &encoding);
        header.extend([0; 64]);
        let mut options = JxlDecoderOptions::default();
        options.adjust_orientation = false;
        options.max_profile_level = ProfileLevel::Main10;
        let mut decoder = JxlDecoder::new(options);
        decoder.process(&mut &header[..], None, None).unwrap();
        let info = decoder.basic_info().unwrap();
        assert_eq!((info.size, info.orientation as u8), ((70_000, 3), 7));
        assert_eq!(info.extra_channels.len(), 1);
        let tone = &info.tone_mapping;
        assert_eq!((tone.intensity_target, tone.min_nits), (1000.0, 0.5));
        assert_eq!(
            (tone.relative_to_max_display, tone.linear_below),
            (true, 0.25)
        );
        match (&space, decoder.embedded_color_profile().unwrap()) {
            (JxlColorProfile::Icc(a), JxlColorProfile::Icc(b)) => assert!(a == b),
            (JxlColorProfile::Simple(a), JxlColorProfile::Simple(b)) => assert_eq!(
                a.get_color_encoding_description(),
                b.get_color_encoding_description()
            ),
            _ => panic!("a profile became something else"),
        }
    }
}
