//! Operands of windows that move over pictures.

use super::operands::Operands;
use super::reader::Reader;
use crate::error::Result;

/// Where windows lie. Numbers are those of each axis behind the channels.
#[derive(Debug, Clone)]
pub(crate) struct Window {
    /// As long as the file says it; weights say it too.
    pub(crate) kernel: Option<Vec<usize>>,
    pub(crate) strides: Steps,
    pub(crate) dilations: Steps,
    pub(crate) padding: Padding,
}

/// Steps of at least 1; 1 along every axis where the file says nothing.
#[derive(Debug, Clone)]
pub(crate) struct Steps(Option<Vec<usize>>);

/// What is put around a picture.
#[derive(Debug, Clone)]
pub(crate) enum Padding {
    /// Before and behind each axis; `None`: nothing.
    Explicit(Option<[Vec<usize>; 2]>),
    /// Nothing: no window goes beyond the picture, whatever the rounding.
    Valid,
    /// So much that there is a window for each step; an odd number is behind.
    SameUpper,
    /// The same; an odd number is before.
    SameLower,
}

#[derive(Debug, Clone)]
pub(crate) struct Convolution {
    pub(crate) x: String,
    /// `[outputs, inputs of a group, ..kernel]`.
    pub(crate) weights: String,
    /// `[outputs]`.
    pub(crate) bias: Option<String>,
    pub(crate) group: usize,
    pub(crate) window: Window,
}

/// Its weights are `[inputs, outputs of a group, ..kernel]`.
#[derive(Debug, Clone)]
pub(crate) struct TransposedConvolution {
    pub(crate) convolution: Convolution,
    /// What is added behind each axis; `None`: nothing.
    pub(crate) more: Option<Vec<usize>>,
    /// The sides of the result, where the file says them: the padding follows.
    pub(crate) sides: Option<Vec<usize>>,
}

#[derive(Debug, Clone)]
pub(crate) struct Pool {
    pub(crate) x: String,
    pub(crate) kernel: Vec<usize>,
    pub(crate) window: Window,
    /// Whether a window that begins inside but ends outside counts.
    pub(crate) round_up: bool,
    /// Whether a mean counts what is put around.
    pub(crate) count_padding: bool,
}

impl Steps {
    /// Those of `rank` axes; `None` where the file has another number of them.
    pub(crate) fn along(&self, rank: usize) -> Option<Vec<usize>> {
        match &self.0 {
            Some(steps) => (steps.len() == rank).then(|| steps.clone()),
            None => Some(vec![1; rank]),
        }
    }

    /// Down and across.
    #[cfg(feature = "gpu")]
    pub(crate) fn pair(&self) -> Option<[usize; 2]> {
        self.along(2)?.try_into().ok()
    }
}

impl Window {
    fn read(node: &Reader<'_>) -> Result<Self> {
        let pads = || -> Result<Option<[Vec<usize>; 2]>> {
            let Some(mut pads) = node.lengths("pads", 0)? else {
                return Ok(None);
            };
            if !pads.len().is_multiple_of(2) {
                return Err(node.refuse(format!("{} numbers in pads", pads.len())));
            }
            let behind = pads.split_off(pads.len() / 2);
            Ok(Some([pads, behind]))
        };
        let explicit = || Ok(Padding::Explicit(pads()?));
        // None of the others has pads of its own.
        type Named = (&'static str, Option<fn() -> Padding>);
        let padding: [Named; 4] = [
            ("NOTSET", None),
            ("VALID", Some(|| Padding::Valid)),
            ("SAME_UPPER", Some(|| Padding::SameUpper)),
            ("SAME_LOWER", Some(|| Padding::SameLower)),
        ];
        Ok(Self {
            kernel: node.lengths("kernel_shape", 1)?,
            strides: Steps(node.lengths("strides", 1)?),
            dilations: Steps(node.lengths("dilations", 1)?),
            padding: match node.choice("auto_pad", &padding)? {
                Some(padding) => padding(),
                None => explicit()?,
            },
        })
    }
}

impl Operands for Convolution {
    fn read(node: &Reader<'_>) -> Result<Self> {
        Ok(Self {
            x: node.operand(0)?,
            weights: node.operand(1)?,
            bias: node.optional(2),
            group: node.count("group", 1)?,
            window: Window::read(node)?,
        })
    }

    fn names(&self) -> Vec<&str> {
        let operands = [&self.x, &self.weights].into_iter().chain(&self.bias);
        operands.map(String::as_str).collect()
    }
}

impl Operands for TransposedConvolution {
    fn read(node: &Reader<'_>) -> Result<Self> {
        Ok(Self {
            convolution: Convolution::read(node)?,
            more: node.lengths("output_padding", 0)?,
            sides: node.lengths("output_shape", 0)?,
        })
    }

    fn names(&self) -> Vec<&str> {
        self.convolution.names()
    }
}

impl Operands for Pool {
    fn read(node: &Reader<'_>) -> Result<Self> {
        let window = Window::read(node)?;
        let kernel = window.kernel.clone();
        Ok(Self {
            x: node.operand(0)?,
            kernel: kernel.ok_or_else(|| node.refuse("it has no kernel_shape"))?,
            window,
            round_up: node.int("ceil_mode") == Some(1),
            count_padding: node.flag("count_include_pad"),
        })
    }

    fn names(&self) -> Vec<&str> {
        vec![&self.x]
    }
}
