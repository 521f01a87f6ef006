//! Reading a generator file and checking it against contract v1.

mod contract;
mod eight_bits;
mod metadata;
mod preflight;
mod wire;

use std::fmt;
use std::sync::Arc;

use prost::Message;
use sha2::{Digest, Sha256};

use crate::error::{Error, ErrorKind, Result, invalid_generator as invalid};
use crate::fit::{FitRecord, HeadNames};
use crate::graph::Graph;
use crate::grid::Grid;
use crate::onnx::ModelProto;
use crate::residual::Residual;
use metadata::Metadata;

pub(crate) use preflight::preflight;
#[cfg(feature = "gpu")]
pub(crate) use preflight::{Preflight, Shapes};

/// Largest generator file in bytes: 16 MiB.
const MAX_BYTES: usize = 16 << 20;

/// A generator file that was read and checked against contract v1.
///
/// Cheap to clone: the bytes are shared.
///
/// ```
/// use confounder::{ErrorKind, Generator};
///
/// let error = Generator::from_bytes(*b"not a generator").unwrap_err();
/// assert_eq!(error.kind(), ErrorKind::GeneratorInvalid);
/// ```
#[derive(Clone)]
pub struct Generator {
    bytes: Arc<[u8]>,
    sha256: [u8; 32],
    metadata: Arc<Metadata>,
    input: InputShape,
}

/// The sizes of photo a generator takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum InputShape {
    /// One size only.
    Fixed {
        /// Width in pixels.
        width: usize,
        /// Height in pixels.
        height: usize,
    },
    /// Any size whose sides are multiples of [`Generator::multiple`].
    Any,
}

impl Generator {
    /// Reads a generator file.
    ///
    /// # Errors
    /// [`ErrorKind::LimitExceeded`] above 16 MiB, [`ErrorKind::GeneratorTooNew`] for a newer contract,
    /// [`ErrorKind::GeneratorInvalid`] for anything else that breaks contract v1.
    pub fn from_bytes(bytes: impl Into<Arc<[u8]>>) -> Result<Self> {
        let bytes = bytes.into();
        check_size(&bytes)?;
        let sha256 = hash(&bytes);
        Self::read(bytes, sha256)
    }

    /// Reads a generator file whose SHA-256 (64 hexadecimal digits) is known. The hash is checked before anything is
    /// parsed.
    ///
    /// # Errors
    /// As [`from_bytes`](Self::from_bytes); [`ErrorKind::GeneratorInvalid`] where the hash differs,
    /// [`ErrorKind::InvalidOptions`] where `sha256` is no hash.
    pub fn from_bytes_with_sha256(bytes: impl Into<Arc<[u8]>>, sha256: &str) -> Result<Self> {
        let expected = sha256.trim().to_ascii_lowercase();
        if expected.len() != 64 || !expected.bytes().all(|digit| digit.is_ascii_hexdigit()) {
            let message = format!("{sha256:?} is no SHA-256; it must be 64 hexadecimal digits");
            return Err(Error::new(ErrorKind::InvalidOptions, message));
        }
        let bytes = bytes.into();
        check_size(&bytes)?;
        let actual = hash(&bytes);
        if hexadecimal(&actual) != expected {
            return Err(Error::new(
                ErrorKind::GeneratorInvalid,
                format!(
                    "the generator's SHA-256 is {}, not {expected}; fetch the file again",
                    hexadecimal(&actual)
                ),
            ));
        }
        Self::read(bytes, actual)
    }

    /// The generator that is part of this crate (feature `bundled-generator`): for photos of anything, in 24 groups. What it was
    /// made of and what it was measured to do is in its [`training`](Self::training) and [`scores`](Self::scores).
    ///
    /// # Errors
    /// [`ErrorKind::GeneratorInvalid`] where the crate was built with a damaged file.
    #[cfg(feature = "bundled-generator")]
    pub fn bundled() -> Result<Self> {
        let bytes: &[u8] = include_bytes!("../../models/generator.onnx");
        Self::pinned(bytes, include_str!("../../models/generator.sha256"))
    }

    /// A smaller generator (feature `compact-generator`, 0.8 MB), a fifth of the other's cost, which knows the kinds of things it was
    /// fine-tuned on and *nothing else*: CIFAR-10's, imagenette's, blood cells, road signs and moles. For apps that
    /// know their photos.
    ///
    /// # Errors
    /// [`ErrorKind::GeneratorInvalid`] where the crate was built with a damaged file.
    #[cfg(feature = "compact-generator")]
    pub fn compact() -> Result<Self> {
        let bytes: &[u8] = include_bytes!("../../models/compact.onnx");
        Self::pinned(bytes, include_str!("../../models/compact.sha256"))
    }

    /// `line`: as written by `sha256sum`, the hash, then the file name.
    #[cfg(any(feature = "bundled-generator", feature = "compact-generator"))]
    fn pinned(bytes: &'static [u8], line: &str) -> Result<Self> {
        Self::from_bytes_with_sha256(bytes, line.split_whitespace().next().unwrap_or_default())
    }

    fn read(bytes: Arc<[u8]>, sha256: [u8; 32]) -> Result<Self> {
        let model = decode(&bytes)?;
        let metadata = Metadata::read(&model.metadata_props)?;
        contract::check_model(&model)?;
        let input = contract::input_shape(&model)?;
        check_grid(&metadata, input)?;
        let (width, height) = match input {
            InputShape::Fixed { width, height } => (width, height),
            InputShape::Any => metadata.grid.working_size(256, 256, metadata.multiple)?,
        };
        preflight(&Graph::read(&model)?, (width, height))?;
        Ok(Self {
            bytes,
            sha256,
            metadata: Arc::new(metadata),
            input,
        })
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.metadata.name
    }

    /// Its version, as [semver](https://semver.org).
    pub fn version(&self) -> &str {
        &self.metadata.version
    }

    /// The bound of its residuals in units where the sample range is 0..1.
    pub fn epsilon(&self) -> f32 {
        self.metadata.epsilon
    }

    /// How a photo is brought to the size the generator sees.
    pub fn grid(&self) -> Grid {
        self.metadata.grid
    }

    /// What the sides of its input are multiples of.
    pub fn multiple(&self) -> usize {
        self.metadata.multiple
    }

    /// Whether its residuals have no luma (Rec. 601), so that only chroma is ever changed.
    pub fn chroma(&self) -> bool {
        self.metadata.chroma
    }

    /// How it was trained: data sets, recipe, seed, commit.
    pub fn training(&self) -> &serde_json::Value {
        &self.metadata.training
    }

    /// What it was measured to do.
    pub fn scores(&self) -> &serde_json::Value {
        &self.metadata.scores
    }

    /// What it was fitted to, where it was.
    pub fn fit(&self) -> Option<&FitRecord> {
        self.metadata.fit.as_ref()
    }

    /// Whether it can be fitted to photos; see `Protector::fit`.
    pub fn can_be_fitted(&self) -> bool {
        self.metadata.head.is_some() && matches!(self.input, InputShape::Fixed { .. })
    }

    /// What a report says of a residual that is much fainter than those of the photos it was fitted to.
    pub(crate) fn doubt(&self, residual: &Residual) -> Option<String> {
        self.fit()?.doubt(residual.planes())
    }

    /// Where its head begins and ends.
    pub(crate) fn head(&self) -> Option<&HeadNames> {
        self.metadata.head.as_ref()
    }

    /// SHA-256 of the file, 64 hexadecimal digits.
    pub fn sha256(&self) -> String {
        hexadecimal(&self.sha256)
    }

    /// The sizes of photo it takes.
    pub fn input_shape(&self) -> InputShape {
        self.input
    }

    /// See [`crate::research::multiply_adds`].
    #[cfg(feature = "research")]
    pub(crate) fn multiply_adds(&self, width: usize, height: usize) -> Result<u64> {
        Ok(preflight(&self.graph()?, (width, height))?.multiply_adds)
    }

    /// The ONNX file.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// What it computes.
    pub(crate) fn graph(&self) -> Result<Graph> {
        Graph::read(&self.model()?)
    }

    /// The parsed ONNX file.
    pub(crate) fn model(&self) -> Result<ModelProto> {
        decode(&self.bytes)
    }
}

impl fmt::Debug for Generator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Generator")
            .field("sha256", &self.sha256())
            .field("metadata", &self.metadata)
            .finish()
    }
}

fn check_size(bytes: &[u8]) -> Result<()> {
    if bytes.len() > MAX_BYTES {
        let message = format!(
            "the generator has {} bytes, more than the limit of {MAX_BYTES}",
            bytes.len()
        );
        return Err(Error::new(ErrorKind::LimitExceeded, message));
    }
    Ok(())
}

fn decode(bytes: &[u8]) -> Result<ModelProto> {
    wire::check(bytes)?;
    let mut model = ModelProto::decode(bytes)
        .map_err(|e| invalid("the file is no ONNX model, or damaged").with_source(e))?;
    eight_bits::unpack(&mut model)?;
    Ok(model)
}

/// A generator of one size must be fed that size for every photo.
fn check_grid(metadata: &Metadata, input: InputShape) -> Result<()> {
    match (input, metadata.grid) {
        (InputShape::Any, _) => Ok(()),
        (InputShape::Fixed { width, height }, Grid::Square(side))
            if (width, height) == (side, side) =>
        {
            Ok(())
        }
        (InputShape::Fixed { width, height }, grid) => Err(invalid(format!(
            "the input is fixed at {width} x {height} px, which the grid {grid} does not give"
        ))),
    }
}

fn hash(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
