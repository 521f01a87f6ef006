//! The owner's word on data mining beside the pixels: `plus:DataMining` of the PLUS vocabulary in the file's XMP packet.
//!
//! From the ground up: `value` (the vocabulary), `packet` (the property in a packet), `container` with a file for each
//! format (where the packet lies), then what callers see. Nothing else of a file is changed: no pixel is decoded.

mod container;
mod gif;
mod jpeg;
mod jxl;
mod packet;
mod png;
mod tiff;
mod value;
mod webp;

pub use value::DataMining;

use crate::error::{Error, ErrorKind, Result};
use crate::options::Limits;
use crate::report::{MetadataAction, MetadataEntry};

/// A file that says whether it may be mined for data.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Marked {
    /// The whole file; the input byte for byte where nothing had to be written.
    pub bytes: Vec<u8>,
    /// What the file says now, as the address of a term. Another one than asked for if the file forbade as much or more.
    pub value: String,
    /// Whether the file was changed.
    pub changed: bool,
}

impl DataMining {
    /// Writes the term into the XMP packet of a JPEG, PNG (animated too), WebP (animated too), TIFF, JPEG XL or GIF file.
    ///
    /// Pixels and all other metadata stay. A term that forbids as much or more stays as it is, and so does one that is
    /// not in the vocabulary. Source: IPTC Photo Metadata Standard 2023.1, "Data Mining"; PLUS License Data Format 2.0.1.
    ///
    /// # Errors
    /// `UnsupportedFormat` for other formats (see [`sidecar`](Self::sidecar)); `Decode` for a damaged file or a packet that
    /// cannot be read; `ProtectedMetadata` for signed content credentials, which any change makes invalid;
    /// `LimitExceeded` for a file beyond [`Limits`], or a packet that does not fit the format.
    ///
    /// ```no_run
    /// use confounder::{DataMining, Limits};
    ///
    /// let photo = std::fs::read("photo.jpg")?;
    /// let marked = DataMining::ProhibitedAiMlTraining.write(&photo, &Limits::new())?;
    /// std::fs::write("marked.jpg", marked.bytes)?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn write(self, file: &[u8], limits: &Limits) -> Result<Marked> {
        super::photo::check_length(file, limits)?;
        let container = container::of(file)?;
        let found = container.read(file)?;
        if found.signed {
            return Err(Error::new(
                ErrorKind::ProtectedMetadata,
                "the file has signed content credentials (C2PA), which any change makes invalid; sign it again with a \
                 training and mining assertion, or remove them first",
            ));
        }
        let edited = packet::with(found.packet.as_deref(), self)?;
        let Some(packet) = edited.packet else {
            return Ok(Marked {
                bytes: file.to_vec(),
                value: edited.value,
                changed: false,
            });
        };
        Ok(Marked {
            bytes: container.write(file, &packet)?,
            value: edited.value,
            changed: true,
        })
    }

    /// What a file says, as the address of a term ([`address`](Self::address)); `None` if it says nothing.
    ///
    /// # Errors
    /// `UnsupportedFormat` and `Decode` as for [`write`](Self::write).
    pub fn read(file: &[u8]) -> Result<Option<String>> {
        let found = container::of(file)?.read(file)?;
        Ok(found.packet.as_deref().and_then(packet::find))
    }

    /// An XMP packet that says nothing but the term: the contents of a file `photo.xmp` beside a photo of a format that
    /// [`write`](Self::write) does not know.
    #[must_use]
    pub fn sidecar(self) -> Vec<u8> {
        packet::new(self)
    }
}

/// Writes the term into a file that was just protected, and says so in its report. A packet that cannot be read is no
/// reason to lose the photo: it is told in the notes.
pub(super) fn apply(
    value: Option<DataMining>,
    file: Vec<u8>,
    entries: &mut Vec<MetadataEntry>,
    notes: &mut Vec<String>,
) -> Vec<u8> {
    let Some(value) = value else { return file };
    match value.write(&file, &Limits::unbounded()) {
        Ok(marked) => {
            let (action, detail) = if marked.changed {
                (MetadataAction::Added, marked.value)
            } else {
                let said = format!("{} was there and forbids as much or more", marked.value);
                (MetadataAction::Kept, said)
            };
            entries.push(MetadataEntry::new(
                "data mining (PLUS)".to_owned(),
                0,
                action,
                Some(detail),
            ));
            marked.bytes
        }
        Err(error) => {
            notes.push(format!(
                "the term {} was not written: {error}",
                value.term()
            ));
            file
        }
    }
}
