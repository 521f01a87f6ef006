//! JPEGs that are stored neither gray nor in YCbCr change towards the residual as well.

use confounder::{Generator, JpegMethod, Limits, ProtectOptions, Protector, ProtectorOptions};
use jpeg_encoder::{ColorType, Encoder, SamplingFactor};

/// Four components as `jpeg-encoder` writes them, with Adobe's marker, or RGB with it (transform 0).
fn in_another_model(model: &str) -> Vec<u8> {
    let (width, height) = (200, 136);
    // Mid tones: soft waves.
    let wave = |x: usize, y: usize, c: usize| {
        (128.0 + 50.0 * ((x + 50 * c) as f32 / 41.0).sin() * (y as f32 / 29.0).cos()) as u8
    };
    let rgb: Vec<u8> = (0..width * height * 3)
        .map(|i| wave(i / 3 % width, i / 3 / width, i % 3))
        .collect();
    let mut bytes = Vec::new();
    let mut encoder = Encoder::new(&mut bytes, 95);
    let (pixels, kind) = match model {
        "RGB" => {
            encoder.set_sampling_factor(SamplingFactor::R_4_4_4);
            // Taken for luma and chroma by the encoder; the marker below says what they are.
            (rgb, ColorType::Ycbcr)
        }
        _ => {
            let (pixels, _) = rgb.as_chunks::<3>();
            // Ink where there is no light, a quarter of black.
            let inks = pixels
                .iter()
                .flat_map(|p| [255 - p[0], 255 - p[1], 255 - p[2], 64]);
            let kind = if model == "CMYK" {
                ColorType::Cmyk
            } else {
                ColorType::CmykAsYcck
            };
            (inks.collect(), kind)
        }
    };
    encoder
        .encode(&pixels, width as u16, height as u16, kind)
        .unwrap();
    if model == "RGB" {
        // Adobe's marker in place of the JFIF header, which would say YCbCr.
        let header = 4 + usize::from(u16::from_be_bytes([bytes[4], bytes[5]])) - 2;
        assert_eq!(&bytes[6..10], b"JFIF");
        let adobe = b"\xFF\xEE\x00\x0EAdobe\x00\x64\0\0\0\0\0";
        bytes.splice(2..header + 2, adobe.iter().copied());
    }
    bytes
}

#[test]
fn other_colour_models_change_towards_the_residual() {
    // Its waves stand out in these pictures, where a smooth tint would not.
    let compact = &include_bytes!("../../models/compact.onnx")[..];
    let generator = Generator::from_bytes(compact).unwrap();
    let protector = Protector::open(generator, ProtectorOptions::new()).unwrap();
    let options = ProtectOptions::new().jpeg(JpegMethod::Coefficients);
    for model in ["RGB", "CMYK", "YCCK"] {
        let input = in_another_model(model);
        let output = protector.protect_bytes(&input, &options).unwrap();
        // Seen by a decoder that knows nothing of how the change was made.
        let amplitude = |jpeg: &[u8]| {
            let found = protector.detect_bytes(jpeg, &Limits::new()).unwrap();
            found.amplitude
        };
        let gained = amplitude(&output.bytes) - amplitude(&input);
        assert!((0.5..1.5).contains(&gained), "{model}: {gained}");
    }
}
