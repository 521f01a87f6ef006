//! Metadata of every kind: what it says, and what of it may stay.
//!
//! From the ground up: `verdict`; the kinds of blocks, each in a file; `policy`, which judges them all by the caller's
//! choices.

pub(super) mod description;
pub(super) mod embedded;
pub(super) mod exif;
mod exif_subset;
pub(super) mod icc;
pub(super) mod ifd;
mod iptc;
pub(super) mod maker_note;
mod marker;
pub(super) mod photoshop;
pub(super) mod policy;
mod text;
pub(super) mod unicode;
pub(super) mod verdict;
pub(super) mod xml;
pub(super) mod xmp;
