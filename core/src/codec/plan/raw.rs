//! Camera raw files, most of which look like TIFF.

use crate::options::ProtectOptions;

/// DNG says so by this tag.
const DNG_VERSION: u16 = 0xC612;
const NEW_SUBFILE_TYPE: u16 = 0x00FE;
const SUB_IFDS: u16 = 0x014A;

/// The name of a camera raw format.
pub(super) fn name(file: &[u8]) -> Option<&'static str> {
    let magic: [(&[u8], &str); 6] = [
        (b"IIU\0", "a camera raw file (RW2)"),
        (b"IIRO", "a camera raw file (ORF)"),
        (b"IIRS", "a camera raw file (ORF)"),
        (b"MMOR", "a camera raw file (ORF)"),
        (b"FUJIFILMCCD-RAW", "a camera raw file (RAF)"),
        (b"II*\0\x10\0\0\0CR", "a camera raw file (CR2)"),
    ];
    if let Some((_, name)) = magic.iter().find(|(magic, _)| file.starts_with(magic)) {
        return Some(name);
    }
    let little = file.starts_with(b"II*\0");
    if !little && !file.starts_with(b"MM\0*") {
        return None;
    }
    let number = |at: usize, length: usize| {
        let bytes = file.get(at..at.checked_add(length)?)?;
        let add = |number: usize, &byte: &u8| number << 8 | usize::from(byte);
        Some(if little {
            bytes.iter().rev().fold(0, add)
        } else {
            bytes.iter().fold(0, add)
        })
    };
    let start = number(4, 4)?;
    let (mut smaller, mut parts) = (false, false);
    for index in 0..number(start, 2)? {
        let entry = start.checked_add(2 + 12 * index)?;
        match u16::try_from(number(entry, 2)?).ok()? {
            DNG_VERSION => return Some("a camera raw file (DNG)"),
            NEW_SUBFILE_TYPE => smaller = number(entry + 8, 4)? & 1 == 1,
            SUB_IFDS => parts = true,
            _ => {}
        }
    }
    // The first image is a preview, the photo is in a directory of its own: NEF, ARW and their kind.
    (smaller && parts).then_some("a camera raw file")
}

/// Options under which a whole raw file may be looked at as one block.
pub(super) fn unlimited(options: ProtectOptions, file: &[u8]) -> ProtectOptions {
    let room = options.limits.max_metadata_bytes.max(file.len() as u64);
    let limits = options.limits.clone().max_metadata_bytes(room);
    options.limits(limits)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tiff(entries: &[(u16, u16, u32)]) -> Vec<u8> {
        let mut file = b"II*\0\x08\0\0\0".to_vec();
        file.extend((entries.len() as u16).to_le_bytes());
        for &(tag, kind, value) in entries {
            file.extend(tag.to_le_bytes());
            file.extend(kind.to_le_bytes());
            file.extend(1u32.to_le_bytes());
            file.extend(value.to_le_bytes());
        }
        file
    }

    #[test]
    fn raw_files_are_told_from_photos_in_tiff() {
        assert_eq!(
            name(&tiff(&[(DNG_VERSION, 1, 4)])),
            Some("a camera raw file (DNG)")
        );
        assert!(name(&tiff(&[(NEW_SUBFILE_TYPE, 4, 1), (SUB_IFDS, 4, 99)])).is_some());
        assert_eq!(
            name(&tiff(&[(NEW_SUBFILE_TYPE, 4, 0), (SUB_IFDS, 4, 99)])),
            None
        );
        assert_eq!(name(&tiff(&[(0x100, 3, 10)])), None);
        assert_eq!(name(b"MM\0*\xFF\xFF\xFF\xFF"), None);
        assert_eq!(name(b"II*\0"), None);
    }
}
