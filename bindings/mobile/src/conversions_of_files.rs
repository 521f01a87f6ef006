//! From the core's words for photo files to values of the bindings.

use crate::report::{Detection, FileFormat, PhotoInfo, ProtectedPhoto, Verdict};

impl From<confounder::Protected> for ProtectedPhoto {
    fn from(protected: confounder::Protected) -> Self {
        Self {
            bytes: protected.bytes,
            format: protected.format.into(),
            report: protected.report.into(),
        }
    }
}

impl From<confounder::FileFormat> for FileFormat {
    fn from(format: confounder::FileFormat) -> Self {
        match format {
            confounder::FileFormat::Png => Self::Png,
            confounder::FileFormat::WebP => Self::WebP,
            confounder::FileFormat::Tiff => Self::Tiff,
            confounder::FileFormat::Jxl => Self::Jxl,
            _ => Self::Jpeg,
        }
    }
}

impl From<confounder::PhotoInfo> for PhotoInfo {
    fn from(info: confounder::PhotoInfo) -> Self {
        Self {
            format: info.format.into(),
            width: info.width,
            height: info.height,
            orientation: info.orientation.exif() as u8,
            metadata: info.metadata.into_iter().map(Into::into).collect(),
            notes: info.notes,
        }
    }
}

impl From<confounder::Detection> for Detection {
    fn from(detection: confounder::Detection) -> Self {
        let verdict = match detection.verdict {
            confounder::Verdict::Likely => Verdict::Likely,
            confounder::Verdict::Unlikely => Verdict::Unlikely,
            confounder::Verdict::NotMeasured => Verdict::NotMeasured,
            _ => Verdict::CannotTell,
        };
        Self {
            verdict,
            probability: detection.probability,
            amplitude: detection.amplitude,
        }
    }
}
