//! Attributes of ONNX nodes, with their defaults.

use super::{AttributeProto, NodeProto};

/// Reads a node's attributes.
#[derive(Clone, Copy)]
pub(crate) struct Attributes<'a>(pub(crate) &'a NodeProto);

impl<'a> Attributes<'a> {
    pub(crate) fn find(self, name: &str) -> Option<&'a AttributeProto> {
        self.0
            .attribute
            .iter()
            .find(|attribute| attribute.name == name)
    }

    pub(crate) fn int(self, name: &str, default: i64) -> i64 {
        self.find(name).map_or(default, |attribute| attribute.i)
    }

    pub(crate) fn float(self, name: &str, default: f32) -> f32 {
        self.find(name).map_or(default, |attribute| attribute.f)
    }

    pub(crate) fn ints(self, name: &str) -> Option<&'a [i64]> {
        self.find(name).map(|attribute| attribute.ints.as_slice())
    }

    pub(crate) fn text(self, name: &str, default: &'static str) -> &'a str {
        self.find(name)
            .and_then(|attribute| std::str::from_utf8(&attribute.s).ok())
            .unwrap_or(default)
    }

    /// Two positive numbers, down and across; 1 and 1 where the attribute is left out.
    #[cfg(feature = "gpu")]
    pub(crate) fn pair(self, name: &str) -> Option<[usize; 2]> {
        match self.ints(name) {
            None => Some([1, 1]),
            Some(&[down, across]) => {
                let side = |n: i64| usize::try_from(n).ok().filter(|&n| n > 0);
                Some([side(down)?, side(across)?])
            }
            Some(_) => None,
        }
    }
}
