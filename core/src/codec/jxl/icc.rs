//! An ICC profile as a codestream carries it (ISO/IEC 18181-1, annex E.4), in the plainest form that is allowed: no
//! prediction, every byte with eight bits.

use super::bits::Bits;

/// The part that is stored as differences from what nearly every profile has there.
const HEADER: usize = 128;

/// Writes a profile.
pub(super) fn write(bits: &mut Bits, profile: &[u8]) {
    let stream = stream(profile);
    bits.length(stream.len() as u64);
    bits.flag(false); // no references back
    bits.flag(true); // all contexts ...
    bits.put(2, 0); // ... share one code
    bits.flag(true); // a prefix code
    bits.put(4, 8); // of whole bytes
    bits.put(4, 0);
    bits.put(4, 0);
    bits.flag(true); // 256 symbols: 1 + 2^7 + 127
    bits.put(4, 7);
    bits.put(7, 127);
    // All of length 8: the only length in use, the eleventh in the order of RFC 7932, 3.5.
    bits.put(2, 0);
    for place in 0..18 {
        if place == 10 {
            bits.put(2, 2); // any length but 0
        } else {
            bits.put(2, 0);
        }
    }
    for byte in stream {
        // Prefix codes start with their most significant bit.
        bits.put(8, byte.reverse_bits().into());
    }
}

/// Size, commands (no list of tags; all bytes after the header as they are), then the bytes.
fn stream(profile: &[u8]) -> Vec<u8> {
    let mut commands = Vec::new();
    if profile.len() > HEADER {
        commands.extend([0, 1]);
        number(&mut commands, profile.len() - HEADER);
    }
    let mut stream = Vec::with_capacity(profile.len() + 16);
    number(&mut stream, profile.len());
    number(&mut stream, commands.len());
    stream.extend(commands);
    let differences = profile.iter().enumerate();
    stream.extend(differences.map(|(at, byte)| byte.wrapping_sub(predicted(at, profile))));
    stream
}

/// Seven bits a byte, the least significant first.
fn number(bytes: &mut Vec<u8>, mut value: usize) {
    while value > 0x7F {
        bytes.push(value as u8 | 0x80);
        value >>= 7;
    }
    bytes.push(value as u8);
}

/// What the format takes a byte of a profile to be.
fn predicted(at: usize, profile: &[u8]) -> u8 {
    match at {
        0..4 => (profile.len() as u32).to_be_bytes()[at],
        8 => 4,
        12..24 => b"mntrRGB XYZ "[at - 12],
        36..=39 => b"acsp"[at - 36],
        41..=43 => match (profile[40], profile[41]) {
            (b'A', _) => b"PPL"[at - 41],
            (b'M', _) => b"SFT"[at - 41],
            (b'S', b'G') => b"\0I "[at - 41],
            (b'S', b'U') => b"\0NW"[at - 41],
            _ => 0,
        },
        70 => 246,
        71 => 214,
        73 => 1,
        78 => 211,
        79 => 45,
        80..84 => profile[at - 76],
        _ => 0,
    }
}
