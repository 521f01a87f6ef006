//! Personal mode: one secret pattern for all photos of a user.

use prost::Message;
use sha2::{Digest, Sha256};
use tract_onnx::pb::{
    AttributeProto, GraphProto, ModelProto, NodeProto, OperatorSetIdProto, StringStringEntryProto,
    TensorProto, TensorShapeProto, TypeProto, ValueInfoProto, attribute_proto::AttributeType,
    tensor_proto::DataType, tensor_shape_proto, type_proto,
};

use crate::error::{Error, ErrorKind, Result};
use crate::generator::Generator;
use crate::grating::{Direction, Grating};

/// Side of a personal residual.
const SIDE: usize = 32;
/// Bound of a personal residual.
const EPSILON: f32 = 16.0 / 255.0;
/// Root of its mean square: 35 dB at strength 1.
const RMS: f64 = 0.017_783;
/// Gratings in a pattern.
const WAVES: usize = 2;

/// What a user's pattern is derived from: 16 to 1,024 bytes that the app keeps. Whoever knows them can take the
/// pattern away again, so keep them as you keep a password.
///
/// ```
/// use confounder::{Generator, PersonalKey};
///
/// let key = PersonalKey::generate()?;
/// let again = PersonalKey::new(key.as_bytes())?;
/// assert_eq!(Generator::personal(&key)?.bytes(), Generator::personal(&again)?.bytes());
/// # Ok::<(), confounder::Error>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct PersonalKey(Vec<u8>);

impl PersonalKey {
    /// The numbers of bytes that a key may have.
    pub const LENGTHS: std::ops::RangeInclusive<usize> = 16..=1024;

    /// A key of bytes that the app keeps.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidOptions`] for fewer than 16 or more than 1,024 bytes.
    pub fn new(bytes: &[u8]) -> Result<Self> {
        if Self::LENGTHS.contains(&bytes.len()) {
            return Ok(Self(bytes.to_vec()));
        }
        let message = format!("a personal key has 16 to 1024 bytes, not {}", bytes.len());
        Err(Error::new(ErrorKind::InvalidOptions, message))
    }

    /// A new key: 32 bytes of the system's randomness.
    ///
    /// # Errors
    /// [`ErrorKind::Io`] where the system has none.
    pub fn generate() -> Result<Self> {
        let mut bytes = [0; 32];
        getrandom::fill(&mut bytes).map_err(|e| {
            let message = format!("the system gave no random bytes: {e}; make a key elsewhere");
            Error::new(ErrorKind::Io, message)
        })?;
        Ok(Self(bytes.to_vec()))
    }

    /// Its bytes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// The gratings of its pattern: hue, direction and cycles (2 to 6 across the frame) of each come from a hash.
    fn gratings(&self) -> [Grating; WAVES] {
        let hash = Sha256::new()
            .chain_update(b"confounder personal pattern 1\0")
            .chain_update(&self.0)
            .finalize();
        std::array::from_fn(|i| {
            let byte = |at: usize| usize::from(hash[8 * i + at]);
            Grating {
                hue: (256 * byte(0) + byte(1)) as f64 / 65_536.0 * 360.0,
                direction: Direction::ALL[byte(2) % Direction::ALL.len()],
                cycles: 2.0 + (byte(3) % 9) as f64 / 2.0,
            }
        })
    }

    /// Three planes of `SIDE` x `SIDE`, scaled to 35 dB as far as the bound allows.
    fn pattern(&self) -> Vec<f32> {
        let mut sum = vec![0.0f64; 3 * SIDE * SIDE];
        for grating in self.gratings() {
            let planes = grating.planes(SIDE);
            let rms = mean_square(planes.iter().copied().map(f64::from)).sqrt();
            for (to, x) in sum.iter_mut().zip(planes) {
                *to += f64::from(x) / rms;
            }
        }
        let rms = mean_square(sum.iter().copied()).sqrt();
        let most = sum.iter().fold(0.0f64, |most, x| most.max(x.abs()));
        // Two gratings may cancel each other: nothing is made of nothing.
        let scale = (RMS / rms.max(1e-6)).min(f64::from(EPSILON) / most.max(1e-6));
        sum.iter().map(|x| (x * scale) as f32).collect()
    }
}

fn mean_square(values: impl ExactSizeIterator<Item = f64>) -> f64 {
    let count = values.len() as f64;
    values.map(|x| x * x).sum::<f64>() / count
}

/// Says how long the key is and nothing else of it.
impl std::fmt::Debug for PersonalKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "PersonalKey({} bytes)", self.0.len())
    }
}

impl Generator {
    /// The generator of a user: whatever a photo shows, it gets the pattern of the key, as class-wise noise with the
    /// user for a class. It protects against models that are to tell whose photo it is, and needs to recognise nothing.
    ///
    /// The file holds the pattern, so keep it as you keep the key. So does, for who has many of them, the mean of the
    /// user's photos.
    ///
    /// # Errors
    /// None for a valid key.
    pub fn personal(key: &PersonalKey) -> Result<Self> {
        Self::from_bytes(model(&key.pattern()).encode_to_vec())
    }
}

/// A generator of contract v1 that gives the same residual for all photos: a dense layer without weights, whose bias is
/// the pattern.
fn model(pattern: &[f32]) -> ModelProto {
    let side = SIDE as i64;
    let length = pattern.len() as i64;
    let nodes = vec![
        node("GlobalAveragePool", &["image"], "mean"),
        node("Flatten", &["mean"], "flat"),
        node("Gemm", &["flat", "none", "pattern"], "planes"),
        node("Reshape", &["planes", "shape"], "residual"),
    ];
    let graph = GraphProto {
        name: "personal".into(),
        node: nodes,
        initializer: vec![
            floats("none", &[3, length], vec![0.0; 3 * pattern.len()]),
            floats("pattern", &[length], pattern.to_vec()),
            TensorProto {
                name: "shape".into(),
                dims: vec![4],
                data_type: DataType::Int64 as i32,
                int64_data: vec![1, 3, side, side],
                ..TensorProto::default()
            },
        ],
        input: vec![value("image", [1, 3, side, side])],
        output: vec![value("residual", [1, 3, side, side])],
        ..GraphProto::default()
    };
    let epsilon = EPSILON.to_string();
    let metadata = [
        ("contract", "1"),
        ("name", "personal"),
        ("version", "1.0.0"),
        ("epsilon", epsilon.as_str()),
        ("grid", "square:32"),
        ("multiple", "1"),
        ("chroma", "true"),
        (
            "training",
            r#"{"recipe": "personal: a pattern derived from a key"}"#,
        ),
        ("scores", "{}"),
    ];
    ModelProto {
        ir_version: 8,
        producer_name: "confounder".into(),
        opset_import: vec![OperatorSetIdProto {
            version: 17,
            ..OperatorSetIdProto::default()
        }],
        metadata_props: metadata
            .map(|(key, value)| StringStringEntryProto {
                key: format!("confounder.{key}"),
                value: value.into(),
            })
            .to_vec(),
        graph: Some(graph),
        ..ModelProto::default()
    }
}

fn node(op: &str, inputs: &[&str], output: &str) -> NodeProto {
    let attribute = match op {
        "Flatten" => vec![AttributeProto {
            name: "axis".into(),
            r#type: AttributeType::Int as i32,
            i: 1,
            ..AttributeProto::default()
        }],
        _ => Vec::new(),
    };
    NodeProto {
        name: output.into(),
        op_type: op.into(),
        input: inputs.iter().map(|&name| name.into()).collect(),
        output: vec![output.into()],
        attribute,
        ..NodeProto::default()
    }
}

fn floats(name: &str, dims: &[i64], data: Vec<f32>) -> TensorProto {
    TensorProto {
        name: name.into(),
        dims: dims.to_vec(),
        data_type: DataType::Float as i32,
        float_data: data,
        ..TensorProto::default()
    }
}

fn value(name: &str, dims: [i64; 4]) -> ValueInfoProto {
    let dimension = |n: i64| tensor_shape_proto::Dimension {
        value: Some(tensor_shape_proto::dimension::Value::DimValue(n)),
        ..tensor_shape_proto::Dimension::default()
    };
    let tensor = type_proto::Tensor {
        elem_type: DataType::Float as i32,
        shape: Some(TensorShapeProto {
            dim: dims.into_iter().map(dimension).collect(),
        }),
    };
    ValueInfoProto {
        name: name.into(),
        r#type: Some(TypeProto {
            value: Some(type_proto::Value::TensorType(tensor)),
            ..TypeProto::default()
        }),
        ..ValueInfoProto::default()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::{PixelLayout, PixelsMut, ProtectOptions, Protector, ProtectorOptions};

    fn key(number: u8) -> PersonalKey {
        PersonalKey::new(&[number; 32]).unwrap()
    }

    #[test]
    fn keys_out_of_range_are_refused_and_never_shown() {
        for length in [0, 15, 1025] {
            let error = PersonalKey::new(&vec![7; length]).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidOptions);
            assert!(error.to_string().contains(&length.to_string()));
        }
        assert_eq!(format!("{:?}", key(7)), "PersonalKey(32 bytes)");
        assert_ne!(
            PersonalKey::generate().unwrap(),
            PersonalKey::generate().unwrap()
        );
    }

    #[test]
    fn patterns_have_one_strength_no_luma_and_differ_by_key() {
        let patterns: Vec<Vec<f32>> = (0..40).map(|n| key(n).pattern()).collect();
        for (i, pattern) in patterns.iter().enumerate() {
            let rms = mean_square(pattern.iter().copied().map(f64::from)).sqrt();
            assert!((0.7 * RMS..1.001 * RMS).contains(&rms), "{i}: {rms}");
            assert!(pattern.iter().all(|x| x.abs() <= EPSILON));
            for other in &patterns[i + 1..] {
                let product: f64 = pattern
                    .iter()
                    .zip(other)
                    .map(|(a, b)| f64::from(*a) * f64::from(*b))
                    .sum();
                let alike = product / (RMS * RMS * pattern.len() as f64);
                assert!(alike < 0.99, "{i}: {alike}");
            }
        }
    }

    #[test]
    fn every_photo_of_a_user_gets_the_same_residual() {
        let generator = Generator::personal(&key(1)).unwrap();
        assert!(generator.chroma());
        let protector = Protector::open(generator, ProtectorOptions::new()).unwrap();
        let residual = |level: u8| {
            let pixels = vec![level; 3 * 64 * 48];
            let view = crate::Pixels::new(&pixels, 64, 48, 3 * 64, PixelLayout::Rgb8).unwrap();
            protector
                .residual(&view, crate::Orientation::Upright)
                .unwrap()
        };
        assert_eq!(residual(0), residual(200));
        assert_eq!(residual(9).planes(), key(1).pattern());
        let mut pixels = vec![128; 3 * 64 * 48];
        let mut view = PixelsMut::new(&mut pixels, 64, 48, 3 * 64, PixelLayout::Rgb8).unwrap();
        let report = protector
            .protect_pixels(&mut view, &ProtectOptions::new())
            .unwrap();
        assert!(
            (34.0..37.5).contains(&report.psnr_db.unwrap()),
            "{report:?}"
        );
    }
}
