//! Lists the photos of a `.tar` of a folder tree without unpacking it.
use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;

use super::decode::Source;
use super::listing::Table;
use super::tree::{Listed, is_photo};
use crate::error::{Error, Result};

/// The most bytes of one table.
const MAX_TABLE: u64 = 64 << 20;

/// The CSV files in the archive.
pub(super) fn tables(path: &Path) -> Result<Vec<Table>> {
    let broken = |e: std::io::Error| Error::data(path, format!("damaged archive: {e}"));
    let file = BufReader::new(File::open(path).map_err(Error::io(path))?);
    let mut archive = tar::Archive::new(file);
    let mut tables = Vec::new();
    for entry in archive.entries_with_seek().map_err(broken)? {
        let entry = entry.map_err(broken)?;
        let name = entry.path().map_err(broken)?.into_owned();
        let is_table = name
            .extension()
            .is_some_and(|e| e.eq_ignore_ascii_case("csv"));
        if is_table && entry.header().entry_type().is_file() {
            let mut text = Vec::new();
            entry
                .take(MAX_TABLE)
                .read_to_end(&mut text)
                .map_err(broken)?;
            tables.push((name, text));
        }
    }
    Ok(tables)
}

/// The photos in the archive, in order of their names.
pub(super) fn list(path: &Path) -> Result<Vec<Listed>> {
    let broken = |e: std::io::Error| Error::data(path, format!("damaged archive: {e}"));
    let length = path.metadata().map_err(Error::io(path))?.len();
    let file = BufReader::new(File::open(path).map_err(Error::io(path))?);
    let mut archive = tar::Archive::new(file);
    let mut photos = Vec::new();
    for entry in archive.entries_with_seek().map_err(broken)? {
        let entry = entry.map_err(broken)?;
        let relative = entry.path().map_err(broken)?.into_owned();
        if !entry.header().entry_type().is_file() || !is_photo(&relative) {
            continue;
        }
        let (offset, size) = (entry.raw_file_position(), entry.size());
        let name = relative.to_string_lossy().into_owned();
        if offset.saturating_add(size) > length {
            let what = format!("truncated inside {name}: it ends at byte {length}");
            return Err(Error::data(path, what));
        }
        let source = Source::Range {
            archive: path.to_path_buf(),
            name,
            offset,
            size,
        };
        photos.push(Listed { relative, source });
    }
    photos.sort_by(|a, b| a.relative.cmp(&b.relative));
    Ok(photos)
}
