//! What is to be done with a photo of any format.

use crate::report::MetadataEntry;

/// What is to be done with a photo, told from its headers.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct PhotoPlan {
    /// Who decodes it.
    pub way: Way,
    /// The name of its format, as people write it.
    pub format: String,
    /// The media type (MIME) of the result.
    pub media_type: String,
    /// Width in pixels as stored; 0 where only the platform can tell.
    pub width: u32,
    /// Height in pixels as stored; 0 where only the platform can tell.
    pub height: u32,
}

/// Who decodes a photo.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Enum)]
pub enum Way {
    /// This library; the result is in the photo's format.
    Library,
    /// The platform's decoder; the result is a JPEG.
    Platform,
}

/// A JPEG of pixels that the platform decoded, with the photo's metadata in it.
#[derive(Debug, Clone, PartialEq, uniffi::Record)]
pub struct FinishedPhoto {
    /// The whole file.
    pub bytes: Vec<u8>,
    /// What became of each piece of metadata.
    pub metadata: Vec<MetadataEntry>,
    /// What else the caller should know, in words.
    pub notes: Vec<String>,
}

#[cfg(feature = "codecs")]
impl From<confounder::Plan> for PhotoPlan {
    fn from(plan: confounder::Plan) -> Self {
        let way = match plan.way {
            confounder::Way::Library(_) => Way::Library,
            _ => Way::Platform,
        };
        Self {
            way,
            format: plan.format.into(),
            media_type: plan.media_type.into(),
            width: plan.width,
            height: plan.height,
        }
    }
}

#[cfg(feature = "codecs")]
impl From<confounder::Finished> for FinishedPhoto {
    fn from(finished: confounder::Finished) -> Self {
        Self {
            bytes: finished.bytes,
            metadata: finished.metadata.into_iter().map(Into::into).collect(),
            notes: finished.notes,
        }
    }
}
