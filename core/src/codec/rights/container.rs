//! Where the XMP packet lies in each format. To add a format is to add a file and an entry here.

use std::borrow::Cow;

use super::{gif, jpeg, jxl, png, tiff, webp};
use crate::error::{Error, ErrorKind, Result};

/// Longest packet that is taken out of a compressed form, in bytes; packets of cameras and editors have a few kB.
pub(super) const LONGEST: u64 = 8 << 20;

/// What a file holds.
#[derive(Debug, Default)]
pub(super) struct Found<'a> {
    /// The XMP packet.
    pub(super) packet: Option<Cow<'a, [u8]>>,
    /// Whether there are signed content credentials (C2PA).
    pub(super) signed: bool,
}

/// A format that can hold an XMP packet.
pub(super) struct Container {
    magic: &'static [&'static [u8]],
    read: fn(&[u8]) -> Result<Found<'_>>,
    write: fn(&[u8], &[u8]) -> Result<Vec<u8>>,
}

const ALL: [Container; 6] = [
    Container {
        magic: &[b"\xFF\xD8"],
        read: jpeg::read,
        write: jpeg::write,
    },
    Container {
        magic: &[png::SIGNATURE],
        read: png::read,
        write: png::write,
    },
    Container {
        magic: &[b"RIFF"],
        read: webp::read,
        write: webp::write,
    },
    Container {
        magic: &[b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"],
        read: tiff::read,
        write: tiff::write,
    },
    Container {
        magic: &[b"\xFF\x0A", b"\0\0\0\x0CJXL "],
        read: jxl::read,
        write: jxl::write,
    },
    Container {
        magic: &[b"GIF87a", b"GIF89a"],
        read: gif::read,
        write: gif::write,
    },
];

/// The format of a file, told from its first bytes.
pub(super) fn of(file: &[u8]) -> Result<&'static Container> {
    let begins =
        |container: &&Container| container.magic.iter().any(|magic| file.starts_with(magic));
    ALL.iter().find(begins).ok_or_else(|| {
        Error::new(
            ErrorKind::UnsupportedFormat,
            "the file is no JPEG, PNG, WebP, TIFF, JPEG XL or GIF; a sidecar file (`photo.xmp` beside the photo) can say the same",
        )
    })
}

impl Container {
    /// Finds the packet.
    pub(super) fn read<'a>(&self, file: &'a [u8]) -> Result<Found<'a>> {
        (self.read)(file)
    }

    /// The file with this packet in place of the one it has, if it has one. Everything else stays.
    pub(super) fn write(&self, file: &[u8], packet: &[u8]) -> Result<Vec<u8>> {
        (self.write)(file, packet)
    }
}

/// A file whose frame cannot be read through.
pub(super) fn damaged(format: &str) -> Error {
    Error::new(
        ErrorKind::Decode,
        format!("the {format} is damaged or cut short"),
    )
}

/// A packet that has no place in its format.
pub(super) fn too_long(packet: &[u8], format: &str, most: u64) -> Error {
    Error::new(
        ErrorKind::LimitExceeded,
        format!(
            "the XMP packet would have {} bytes, and {format} has place for {most}",
            packet.len()
        ),
    )
}

/// `file` with `new` in place of the bytes from `start` to `end`.
pub(super) fn spliced(file: &[u8], start: usize, end: usize, new: &[&[u8]]) -> Vec<u8> {
    let mut result = file[..start].to_vec();
    result.extend(new.iter().flat_map(|part| part.iter()));
    result.extend(&file[end..]);
    result
}
