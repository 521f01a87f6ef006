//! What becomes of a block of metadata.

use img_parts::Bytes;

use crate::codec::photo::Fate;

/// Why a piece goes under [`MetadataPolicy::Private`] and [`MetadataPolicy::Strip`].
pub(in crate::codec) const NOT_KEPT: &str = "not kept under this metadata policy";

/// What becomes of a block of metadata.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::codec) enum Verdict {
    /// It stays as it is.
    Keep,
    /// It is replaced, and what was changed.
    Rewrite(Vec<u8>, &'static str),
    /// It has to go, and why.
    Remove(&'static str),
}

impl Verdict {
    /// The same of a segment: `original` is its payload, `wrap` makes a payload of a rewritten block.
    pub(in crate::codec) fn fate(
        self,
        original: &Bytes,
        wrap: impl FnOnce(Vec<u8>) -> Vec<u8>,
    ) -> Fate {
        match self {
            Self::Keep => Fate::Keep(original.clone()),
            Self::Rewrite(block, what) => Fate::Rewrite(wrap(block).into(), what),
            Self::Remove(why) => Fate::Remove(why),
        }
    }
}
