//! Changing a JPEG without compressing it a second time.
//!
//! A smooth residual changes only a few low-frequency DCT coefficients. So the file is read as far as its quantised
//! coefficients, those are changed by whole quantiser steps, and everything else is carried over: the bits of all other
//! blocks, tables, subsampling, restart intervals. With a chroma-only generator the luma of the photo is the same bits as
//! before.
//!
//! Sequential files are read once; the bits between changed codes are copied. In progressive files the DC scans are
//! written again and all AC scans stay as they are.

mod bits;
mod blocks;
mod check;
mod colour;
mod dc;
mod decode;
mod edits;
mod full;
mod huffman;
mod layout;
mod photo;
mod planes;
mod preview;
mod progressive;
mod sequential;
mod skips;
mod transform;
mod write;

pub(super) use decode::Samples;
pub(super) use layout::lines;
pub(in crate::codec) use photo::Photo;
pub(in crate::codec) use preview::{Preview, PreviewSamples};
