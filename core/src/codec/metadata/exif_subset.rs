//! EXIF for sharing: a new, small block that holds only fields of a list (tags of CIPA DC-008-2023, EXIF 3.0).
//!
//! A list of what may stay, not of what must go: a maker's note, a serial number or a field that nobody knows yet
//! is left out without being named anywhere.

use std::io::Cursor;

use exif::experimental::Writer;
use exif::{Context, Exif, Field, In, Reader, Tag, Value};

use super::exif as block;
use super::ifd::{ByteOrder, Directory};

/// Most bytes of a block that are looked at. JPEG ends at 64 KiB; what lies further in other formats is previews.
const READ: usize = 256 << 10;

/// Longest text or array that is carried over, in values.
const LONGEST: usize = 1024;

const EXIF_POINTER: u16 = 0x8769;
const GPS_POINTER: u16 = 0x8825;
const INTEROPERABILITY_POINTER: u16 = 0xA005;

/// IFD0: orientation, size, resolution, position of the chroma samples, and what the colours mean.
const SHOWING: [u16; 12] = [
    0x0100, 0x0101, // image width and height
    0x0112, // orientation
    0x011A, 0x011B, 0x0128, // resolution and its unit
    0x012D, 0x013E, 0x013F, 0x0211, 0x0213,
    0x0214, // transfer, white point, primaries, YCbCr, reference black
];

/// IFD0: camera, software, time of change.
const CAMERA: [u16; 4] = [0x010F, 0x0110, 0x0131, 0x0132];

/// EXIF directory: versions, components, colour space, pixel dimensions, gamma.
const SHOWING_EXIF: [u16; 7] = [0x9000, 0x9101, 0xA000, 0xA001, 0xA002, 0xA003, 0xA500];

/// EXIF directory: exposure, sensitivity, time, lens, scene. No maker's note (0x927C), user comment (0x9286), image
/// identifier (0xA420), owner (0xA430), serial numbers (0xA431, 0xA435), title, photographer or editor (0xA436 on).
const EXPOSURE: [u16; 57] = [
    0x829A, 0x829D, 0x8822, 0x8827, 0x8830, 0x8831, 0x8832, 0x8833, 0x8834,
    0x8835, // time, aperture, sensitivity
    0x9003, 0x9004, 0x9010, 0x9011, 0x9012, 0x9290, 0x9291,
    0x9292, // dates, offsets, parts of a second
    0x9102, 0x9201, 0x9202, 0x9203, 0x9204, 0x9205, 0x9206, 0x9207, 0x9208, 0x9209, 0x920A, 0x9214,
    0xA20B, 0xA20E, 0xA20F, 0xA210, 0xA214, 0xA215, 0xA217, 0xA300, 0xA301, 0xA302, 0xA401, 0xA402,
    0xA403, 0xA404, 0xA405, 0xA406, 0xA407, 0xA408, 0xA409, 0xA40A,
    0xA40C, // sensor, scene, processing
    0xA432, 0xA433, 0xA434, // lens: specification, maker, model
    0xA460, 0xA461, 0x9400, // composite image, temperature
];

/// Interoperability directory: index (`R03` says Adobe RGB) and version.
const INTEROPERABILITY: [u16; 2] = [0x0001, 0x0002];

/// How much of a block stays.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::codec) enum Extent {
    /// What [`MetadataPolicy::Private`](crate::MetadataPolicy::Private) keeps.
    Sharing,
    /// Only what is needed to show the pixels right.
    Showing,
}

/// A new TIFF block with what of `tiff` belongs to the extent. A block that cannot be read leaves its orientation;
/// `None` where nothing is worth a block (under [`Extent::Showing`]: an upright photo in an ordinary colour space).
pub(in crate::codec) fn subset(tiff: &[u8], extent: Extent) -> Option<Vec<u8>> {
    let orientation = block::orientation(tiff);
    let alone = || (orientation != 1).then(|| orientation_only(orientation));
    let Some((exif, little_endian)) = read(tiff) else {
        return alone();
    };
    if extent == Extent::Showing && orientation == 1 && !is_adobe_rgb(&exif) {
        return None;
    }
    let fields = fields(&exif, extent, orientation);
    if fields.is_empty() {
        return alone();
    }
    write(&fields, little_endian).or_else(alone)
}

/// A block with the orientation and nothing else.
fn orientation_only(orientation: u8) -> Vec<u8> {
    let mut tiff = b"MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0".to_vec();
    tiff.extend([orientation, 0, 0, 0, 0, 0, 0]);
    tiff
}

/// Parses a block, and says whether it is little-endian.
fn read(tiff: &[u8]) -> Option<(Exif, bool)> {
    let mut tiff = tiff[..tiff.len().min(READ)].to_vec();
    block::strip_previews(&mut tiff);
    let order = ByteOrder::of(&tiff)?;
    prune(&mut tiff, order)?;
    let parsed = Reader::new().continue_on_error(true).read_raw(tiff);
    let exif = parsed.or_else(|e| e.distill_partial_result(|_| {})).ok()?;
    let little_endian = exif.little_endian();
    Some((exif, little_endian))
}

/// Leaves a block one EXIF directory with one interoperability directory at most: what else is pointed to is not kept,
/// and directories that branch out a thousandfold, which no camera writes, would cost memory out of proportion. `None`
/// where the first directory cannot be read.
fn prune(tiff: &mut [u8], order: ByteOrder) -> Option<()> {
    let first = Directory::read(tiff, order, order.u32(tiff, 4)? as usize)?;
    if !first.is_last(tiff, order) {
        return None;
    }
    let whole = |tiff: &[u8], at| Directory::read(tiff, order, at).is_some();
    first.keep_pointer(tiff, order, GPS_POINTER, |_, _| false);
    if let Some(at) = first.keep_pointer(tiff, order, EXIF_POINTER, whole) {
        let exif = Directory::read(tiff, order, at)?;
        exif.keep_pointer(tiff, order, INTEROPERABILITY_POINTER, whole);
    }
    Some(())
}

/// Whether EXIF alone says that the colours are Adobe RGB (DCF 2.0: uncalibrated, interoperability index R03).
fn is_adobe_rgb(exif: &Exif) -> bool {
    let index = exif.get_field(Tag(Context::Interop, 0x0001), In::PRIMARY);
    matches!(index.map(|field| &field.value), Some(Value::Ascii(text)) if text.first().is_some_and(|t| t == b"R03"))
}

fn fields(exif: &Exif, extent: Extent, orientation: u8) -> Vec<Field> {
    let list: [(Context, &[u16], &[u16]); 3] = [
        (Context::Tiff, &SHOWING, &CAMERA),
        (Context::Exif, &SHOWING_EXIF, &EXPOSURE),
        (Context::Interop, &INTEROPERABILITY, &[]),
    ];
    let mut fields = Vec::new();
    for (context, showing, sharing) in list {
        let sharing = if extent == Extent::Sharing {
            sharing
        } else {
            &[]
        };
        for &number in showing.iter().chain(sharing) {
            let field = exif.get_field(Tag(context, number), In::PRIMARY);
            fields.extend(field.filter(|field| is_small(&field.value)).cloned());
        }
    }
    // The one field that must be right: a value out of its range, or of another type, has been read as upright.
    for field in fields
        .iter_mut()
        .filter(|field| field.tag == Tag::Orientation)
    {
        field.value = Value::Short(vec![orientation.into()]);
    }
    fields
}

/// Whether a value is of a known type and short enough to be a value and not a hiding place.
fn is_small(value: &Value) -> bool {
    let count = match value {
        Value::Byte(v) => v.len(),
        Value::Ascii(v) => v.iter().map(Vec::len).sum(),
        Value::Short(v) => v.len(),
        Value::Long(v) => v.len(),
        Value::Rational(v) => v.len(),
        Value::SByte(v) => v.len(),
        Value::Undefined(v, _) => v.len(),
        Value::SShort(v) => v.len(),
        Value::SLong(v) => v.len(),
        Value::SRational(v) => v.len(),
        Value::Float(v) => v.len(),
        Value::Double(v) => v.len(),
        Value::Unknown(..) => return false,
    };
    (1..=LONGEST).contains(&count)
}

fn write(fields: &[Field], little_endian: bool) -> Option<Vec<u8>> {
    let mut writer = Writer::new();
    for field in fields {
        writer.push_field(field);
    }
    let mut written = Cursor::new(Vec::new());
    writer.write(&mut written, little_endian).ok()?;
    Some(written.into_inner())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use proptest::prelude::*;

    fn ascii(context: Context, number: u16, text: &str) -> Field {
        Field {
            tag: Tag(context, number),
            ifd_num: In::PRIMARY,
            value: Value::Ascii(vec![text.as_bytes().to_vec()]),
        }
    }

    /// A camera's block: what may stay, and one field of each kind that may not.
    fn camera(orientation: u16) -> Vec<u8> {
        let fields = [
            Field {
                tag: Tag::Orientation,
                ifd_num: In::PRIMARY,
                value: Value::Short(vec![orientation]),
            },
            ascii(Context::Tiff, 0x010F, "Maker"),
            ascii(Context::Tiff, 0x010E, "a secret title"),
            ascii(Context::Tiff, 0x013B, "a secret artist"),
            ascii(Context::Tiff, 0x8298, "a secret owner"),
            ascii(Context::Tiff, 0x013C, "a secret computer"),
            ascii(Context::Exif, 0x9003, "2024:05:06 07:08:09"),
            ascii(Context::Exif, 0x9291, "123"),
            ascii(Context::Exif, 0xA434, "Lens 50 mm"),
            ascii(Context::Exif, 0xA430, "a secret owner"),
            ascii(Context::Exif, 0xA431, "a secret number"),
            ascii(Context::Exif, 0xA435, "a secret number"),
            ascii(Context::Exif, 0xA420, "a secret identifier"),
            Field {
                tag: Tag(Context::Exif, 0x927C),
                ifd_num: In::PRIMARY,
                value: Value::Undefined(b"a secret maker's note".to_vec(), 0),
            },
            ascii(Context::Gps, 0x001D, "2024:05:06 secret"),
        ];
        write(&fields, true).unwrap()
    }

    fn text(tiff: &[u8]) -> String {
        String::from_utf8_lossy(tiff).into_owned()
    }

    #[test]
    fn sharing_keeps_time_and_camera_and_drops_the_rest() {
        let shared = subset(&camera(6), Extent::Sharing).unwrap();
        assert!(text(&camera(6)).contains("secret"), "the test itself");
        for kept in ["Maker", "2024:05:06 07:08:09", "123", "Lens 50 mm"] {
            assert!(text(&shared).contains(kept), "{kept}");
        }
        assert!(!text(&shared).contains("secret"));
        assert_eq!(block::orientation(&shared), 6);
        assert!(shared.starts_with(b"II*\0"), "the byte order stays");
    }

    #[test]
    fn showing_keeps_the_orientation_alone() {
        let shown = subset(&camera(8), Extent::Showing).unwrap();
        assert_eq!(block::orientation(&shown), 8);
        assert!(!text(&shown).contains("Maker") && !text(&shown).contains("2024"));
        assert_eq!(
            subset(&camera(1), Extent::Showing),
            None,
            "upright needs no block"
        );
    }

    #[test]
    fn adobe_rgb_is_still_said() {
        let space = Field {
            tag: Tag::ColorSpace,
            ifd_num: In::PRIMARY,
            value: Value::Short(vec![0xFFFF]),
        };
        let tiff = write(&[space, ascii(Context::Interop, 1, "R03")], false).unwrap();
        let shown = subset(&tiff, Extent::Showing).unwrap();
        assert!(is_adobe_rgb(&read(&shown).unwrap().0));
    }

    #[test]
    fn an_orientation_out_of_range_becomes_upright() {
        let shared = subset(&camera(77), Extent::Sharing).unwrap();
        let exif = read(&shared).unwrap().0;
        let field = exif.get_field(Tag::Orientation, In::PRIMARY).unwrap();
        assert_eq!(field.value.get_uint(0), Some(1));
    }

    #[test]
    fn an_unreadable_block_leaves_its_orientation() {
        let whole = orientation_only(3);
        let mut damaged = whole.clone();
        damaged[8] = 1; // 257 entries, of which one is there
        assert!(read(&damaged).is_none());
        assert_eq!(subset(&damaged, Extent::Sharing), Some(whole.clone()));
        assert_eq!(subset(b"not TIFF", Extent::Sharing), None);
        assert_eq!(block::orientation(&whole), 3);
        assert_eq!(
            block::orientation(&subset(&whole, Extent::Sharing).unwrap()),
            3
        );
    }

    #[test]
    fn a_second_exif_directory_is_not_looked_at() {
        let mut tiff = camera(3);
        let order = ByteOrder::of(&tiff).unwrap();
        // The title's entry becomes a second pointer, before the good one.
        assert_eq!(&tiff[10..12], &0x010Eu16.to_le_bytes());
        tiff[10..12].copy_from_slice(&EXIF_POINTER.to_le_bytes());
        prune(&mut tiff, order).unwrap();
        let first = Directory::read(&tiff, order, 8).unwrap();
        assert_eq!(first.count(&tiff, order, EXIF_POINTER), 1);
        assert_eq!(first.count(&tiff, order, GPS_POINTER), 0);
        assert!(text(&subset(&tiff, Extent::Sharing).unwrap()).contains("2024:05:06 07:08:09"));
    }

    #[test]
    fn directories_that_branch_out_cost_little() {
        // 5,000 pointers to 5,000 directories, of which each holds all that follow it.
        let mut tiff = b"II*\0\x08\0\0\0\x88\x13".to_vec();
        for i in 0..5000u32 {
            tiff.extend(EXIF_POINTER.to_le_bytes());
            tiff.extend(b"\x04\0\x01\0\0\0");
            tiff.extend((8 + 12 * i).to_le_bytes());
        }
        tiff.extend([0; 4]);
        assert!(read(&tiff).unwrap().0.fields().count() <= 10_000);
    }

    proptest! {
        #[test]
        fn hostile_blocks_give_at_most_a_small_block(at in 0usize..400, with in any::<u8>(), cut in 0usize..400) {
            let mut tiff = camera(6);
            let (at, cut) = (at % tiff.len(), cut.min(tiff.len()));
            tiff[at] = with;
            for extent in [Extent::Sharing, Extent::Showing] {
                for block in [&tiff[..], &tiff[..cut]] {
                    let len = subset(block, extent).map_or(0, |b| b.len());
                    prop_assert!(len <= tiff.len() + 64);
                }
            }
        }
    }
}
