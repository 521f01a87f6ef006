//! A look at the protobuf wire format before it is decoded: a decoder makes a structure of hundreds of bytes out of
//! two bytes of an empty message, so the number of messages is bounded first.

use crate::error::{Result, invalid_generator as invalid};

/// Most messages (nodes, attributes, tensors, ...) in a file.
const MAX_MESSAGES: usize = 50_000;

/// The messages of `onnx.proto` that hold others.
#[derive(Clone, Copy)]
enum Kind {
    Model,
    Graph,
    Node,
    Attribute,
    Tensor,
    Other,
}

impl Kind {
    /// What a length-delimited field holds; `None` for strings and packed numbers, which grow twelvefold at most.
    fn child(self, field: u64) -> Option<Kind> {
        match (self, field) {
            (Self::Model, 7) | (Self::Attribute, 6 | 11) => Some(Self::Graph),
            (Self::Graph, 1) => Some(Self::Node),
            (Self::Graph, 5) | (Self::Attribute, 5 | 10) => Some(Self::Tensor),
            (Self::Node, 5) => Some(Self::Attribute),
            (Self::Node, _) | (Self::Tensor, 1 | 4..=7 | 9..=11) => None,
            _ => Some(Self::Other),
        }
    }
}

/// Fails where the bytes are no protobuf or hold too many messages. Recursion ends where `onnx.proto` has no
/// messages within messages, except for graphs in attributes, which are refused.
pub(super) fn check(bytes: &[u8]) -> Result<()> {
    let mut left = MAX_MESSAGES;
    walk(bytes, Kind::Model, 0, &mut left)
}

fn walk(mut bytes: &[u8], kind: Kind, depth: usize, left: &mut usize) -> Result<()> {
    let damaged = || invalid("the file is no ONNX model, or damaged");
    if depth > 8 {
        return Err(invalid(
            "the file nests graphs, which contract v1 does not know",
        ));
    }
    while !bytes.is_empty() {
        let key = varint(&mut bytes).ok_or_else(damaged)?;
        let skipped = match key & 7 {
            0 => varint(&mut bytes).map(|_| 0),
            1 => Some(8),
            2 => varint(&mut bytes).and_then(|length| usize::try_from(length).ok()),
            5 => Some(4),
            _ => None,
        };
        let (field, rest) = skipped
            .and_then(|n| bytes.split_at_checked(n))
            .ok_or_else(damaged)?;
        bytes = rest;
        if key & 7 != 2 {
            continue;
        }
        if let Some(child) = kind.child(key >> 3) {
            *left = left
                .checked_sub(1)
                .ok_or_else(|| invalid(format!("the file holds more than {MAX_MESSAGES} parts")))?;
            if !matches!(child, Kind::Other) {
                walk(field, child, depth + 1, left)?;
            }
        }
    }
    Ok(())
}

fn varint(bytes: &mut &[u8]) -> Option<u64> {
    let mut value = 0u64;
    for shift in 0..10 {
        let (&byte, rest) = bytes.split_first()?;
        *bytes = rest;
        value |= u64::from(byte & 127) << (7 * shift);
        if byte < 128 {
            return Some(value);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_the_number_of_messages() {
        // A graph of empty nodes: two bytes each.
        let nodes = [0x0a, 0].repeat(MAX_MESSAGES);
        let mut model = vec![0x3a];
        let mut length = nodes.len();
        while length >= 128 {
            model.push((length & 127) as u8 | 128);
            length >>= 7;
        }
        model.push(length as u8);
        model.extend(&nodes);
        let error = check(&model).map_err(|e| e.to_string());
        assert!(error.is_err_and(|message| message.contains("more than")));
    }

    #[test]
    fn refuses_what_is_cut_short() {
        assert!(check(&[0x3a, 2, 0x0a]).is_err());
        assert!(check(&[0x08]).is_err());
        assert!(check(&[0xff; 12]).is_err());
        assert!(check(&[0x08, 8]).is_ok());
    }
}
