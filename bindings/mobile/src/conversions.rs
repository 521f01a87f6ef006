//! From the core's reports to values of the bindings.

use std::time::Duration;

use crate::report::{MetadataAction, MetadataEntry, Report, Timings};

impl From<confounder::Report> for Report {
    fn from(report: confounder::Report) -> Self {
        Self {
            width: report.width,
            height: report.height,
            grid_width: report.grid.0,
            grid_height: report.grid.1,
            engine: report.engine.to_string(),
            timings: report.timings.into(),
            psnr_db: report.psnr_db,
            jpeg: report.jpeg.map(Into::into),
            metadata: report.metadata.into_iter().map(Into::into).collect(),
            notes: report.notes,
        }
    }
}

impl From<confounder::Timings> for Timings {
    fn from(timings: confounder::Timings) -> Self {
        let ms = |time: Duration| time.as_secs_f64() * 1e3;
        Self {
            decode_ms: timings.decode.map(ms),
            grid_ms: ms(timings.grid),
            generator_ms: ms(timings.generator),
            blend_ms: ms(timings.blend),
            encode_ms: timings.encode.map(ms),
        }
    }
}

impl From<confounder::MetadataEntry> for MetadataEntry {
    fn from(entry: confounder::MetadataEntry) -> Self {
        let action = match entry.action {
            confounder::MetadataAction::Kept => MetadataAction::Kept,
            confounder::MetadataAction::Removed => MetadataAction::Removed,
            confounder::MetadataAction::Added => MetadataAction::Added,
            _ => MetadataAction::Rewritten,
        };
        Self {
            name: entry.name,
            bytes: entry.bytes,
            action,
            detail: entry.detail,
        }
    }
}
