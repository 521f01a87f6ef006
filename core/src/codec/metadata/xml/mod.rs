//! XML as far as XMP packets need it.

mod document;
mod read;

pub(in crate::codec) use document::{Document, Name, Tag, escaped, replace};
pub(in crate::codec) use read::Kind;
