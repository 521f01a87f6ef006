#![allow(clippy::unwrap_used)]
use super::*;

fn boxed(kind: &[u8; 4], body: &[u8]) -> Vec<u8> {
    let mut bytes = ((body.len() + 8) as u32).to_be_bytes().to_vec();
    bytes.extend(kind);
    bytes.extend(body);
    bytes
}

/// A file with EXIF in its `mdat`, XMP in its `idat`, and a gray primary item of 40 x 30 px beside a larger one.
fn file() -> Vec<u8> {
    let exif = b"\0\0\0\x06Exif\0\0II*\0\x08\0\0\0\0\0";
    let infe = |id: u8, kind: &[u8]| boxed(b"infe", &[&[2, 0, 0, 0, 0, id, 0, 0], kind].concat());
    let entries = [
        infe(1, b"hvc1\0"),
        infe(2, b"Exif\0"),
        infe(3, b"mime\0application/rdf+xml\0"),
    ];
    let iinf = boxed(b"iinf", &[&[0, 0, 0, 0, 0, 3], &*entries.concat()].concat());
    let ispe =
        |width: u8, height: u8| boxed(b"ispe", &[0, 0, 0, 0, 0, 0, 0, width, 0, 0, 0, height]);
    let properties = [
        ispe(80, 60),
        ispe(40, 30),
        boxed(b"pixi", &[0, 0, 0, 0, 1, 8]),
    ]
    .concat();
    let ipma = boxed(b"ipma", &[0, 0, 0, 0, 0, 0, 0, 1, 0, 1, 2, 0x82, 3]);
    let iprp = boxed(b"iprp", &[boxed(b"ipco", &properties), ipma].concat());
    let ftyp = boxed(b"ftyp", b"heic\0\0\0\0mif1");
    let make = |offset: u32| {
        let mut iloc = vec![1, 0, 0, 0, 0x44, 0, 0, 2, 0, 2, 0, 0, 0, 0, 0, 1];
        iloc.extend(offset.to_be_bytes());
        iloc.extend((exif.len() as u32).to_be_bytes());
        iloc.extend([0, 3, 0, 1, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 4]);
        let parts = [
            boxed(b"pitm", &[0, 0, 0, 0, 0, 1]),
            iinf.clone(),
            boxed(b"iloc", &iloc),
            iprp.clone(),
            boxed(b"idat", b"..<x/>."),
        ];
        let meta = boxed(b"meta", &[&[0; 4], &*parts.concat()].concat());
        let head = [ftyp.clone(), meta].concat();
        let at = head.len() as u32 + 8;
        ([head, boxed(b"mdat", exif)].concat(), at)
    };
    let (_, at) = make(0);
    make(at).0
}

#[test]
fn boxes_tell_size_channels_and_metadata() {
    let file = file();
    let heif = read(&file);
    assert_eq!((heif.size, heif.gray), (Some((40, 30)), true));
    assert_eq!(heif.exif, Some(&b"II*\0\x08\0\0\0\0\0"[..]));
    assert_eq!(heif.xmp, Some(&b"<x/>"[..]));
    assert!(!heif.credentials);
    let signed = [&*file, &*boxed(b"uuid", &[CREDENTIALS, b"..."].concat())].concat();
    assert!(read(&signed).credentials);
}

/// Cut anywhere and with any byte changed, it is read to an end.
#[test]
fn damage_is_no_panic() {
    let file = file();
    for at in 0..file.len() {
        read(&file[..at]);
        for value in [0, 1, 0x7F, 0xFF] {
            let mut damaged = file.clone();
            damaged[at] = value;
            read(&damaged);
        }
    }
}
