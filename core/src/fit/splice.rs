//! Another head in a generator's file; every byte that is not of the head stays.

use std::collections::HashSet;

use prost::Message;
use prost::encoding::{WireType, encode_key, encode_varint};

use crate::error::{Error, ErrorKind, Result};
use crate::onnx::{NodeProto, StringStringEntryProto, TensorProto, ValueInfoProto};

/// Field numbers of `ModelProto` and `GraphProto` in ONNX's onnx.proto.
const MODEL_GRAPH: u64 = 7;
const MODEL_METADATA: u64 = 14;
const GRAPH_NODE: u64 = 1;
const GRAPH_INITIALISER: u64 = 5;
const GRAPH_VALUE_INFO: u64 = 13;

/// What is taken out of a file and put into it.
pub(super) struct Change<'a> {
    /// First outputs of the nodes that go.
    pub(super) without: HashSet<String>,
    /// Initialisers that go.
    pub(super) without_constants: HashSet<String>,
    /// The value that the last of the nodes makes: they stand where it was made.
    pub(super) code: &'a str,
    pub(super) nodes: Vec<NodeProto>,
    pub(super) constants: Vec<TensorProto>,
    /// Replaces the entry of the same key.
    pub(super) metadata: StringStringEntryProto,
}

impl Change<'_> {
    /// The file so changed.
    ///
    /// # Errors
    /// [`ErrorKind::GeneratorInvalid`] where the bytes are no ONNX file.
    pub(super) fn apply(&self, file: &[u8]) -> Result<Vec<u8>> {
        let mut changed = Vec::with_capacity(file.len());
        for field in fields(file) {
            let field = field?;
            match (field.number, field.payload) {
                (MODEL_GRAPH, Some(graph)) => {
                    put(MODEL_GRAPH, &self.graph(graph)?, &mut changed);
                }
                (MODEL_METADATA, Some(entry))
                    if read::<StringStringEntryProto>(entry)?.key == self.metadata.key => {}
                _ => changed.extend_from_slice(field.whole),
            }
        }
        put(MODEL_METADATA, &self.metadata.encode_to_vec(), &mut changed);
        Ok(changed)
    }

    fn graph(&self, graph: &[u8]) -> Result<Vec<u8>> {
        let mut changed = Vec::with_capacity(graph.len());
        for field in fields(graph) {
            let field = field?;
            match (field.number, field.payload) {
                (GRAPH_NODE, Some(node)) => {
                    let made = read::<NodeProto>(node)?.output;
                    let first = made.first().map_or("", String::as_str);
                    if !self.without.contains(first) {
                        changed.extend_from_slice(field.whole);
                    } else if first == self.code {
                        for node in &self.nodes {
                            put(GRAPH_NODE, &node.encode_to_vec(), &mut changed);
                        }
                    }
                }
                (GRAPH_INITIALISER, Some(tensor))
                    if self
                        .without_constants
                        .contains(&read::<TensorProto>(tensor)?.name) => {}
                // What is known of a value that is gone.
                (GRAPH_VALUE_INFO, Some(value)) if self.is_gone(value)? => {}
                _ => changed.extend_from_slice(field.whole),
            }
        }
        for tensor in &self.constants {
            put(GRAPH_INITIALISER, &tensor.encode_to_vec(), &mut changed);
        }
        Ok(changed)
    }

    fn is_gone(&self, value: &[u8]) -> Result<bool> {
        let name = read::<ValueInfoProto>(value)?.name;
        Ok(name != self.code
            && (self.without.contains(&name) || self.without_constants.contains(&name)))
    }
}

/// A field of a message as it stands in the file.
struct Field<'a> {
    number: u64,
    /// With its key and length.
    whole: &'a [u8],
    /// Of a field that has a length.
    payload: Option<&'a [u8]>,
}

fn fields(mut bytes: &[u8]) -> impl Iterator<Item = Result<Field<'_>>> {
    std::iter::from_fn(move || {
        if bytes.is_empty() {
            return None;
        }
        let field = field(&mut bytes).ok_or_else(damaged);
        if field.is_err() {
            bytes = &[];
        }
        Some(field)
    })
}

fn field<'a>(bytes: &mut &'a [u8]) -> Option<Field<'a>> {
    let start = *bytes;
    let key = varint(bytes)?;
    let length = match key & 7 {
        0 => varint(bytes).map(|_| 0)?,
        1 => 8,
        2 => usize::try_from(varint(bytes)?).ok()?,
        5 => 4,
        _ => return None,
    };
    let (payload, rest) = bytes.split_at_checked(length)?;
    *bytes = rest;
    Some(Field {
        number: key >> 3,
        whole: &start[..start.len() - rest.len()],
        payload: (key & 7 == 2).then_some(payload),
    })
}

fn varint(bytes: &mut &[u8]) -> Option<u64> {
    prost::encoding::decode_varint(bytes).ok()
}

fn put(number: u64, payload: &[u8], into: &mut Vec<u8>) {
    encode_key(number as u32, WireType::LengthDelimited, into);
    encode_varint(payload.len() as u64, into);
    into.extend_from_slice(payload);
}

fn read<M: Message + Default>(bytes: &[u8]) -> Result<M> {
    M::decode(bytes).map_err(|e| damaged().with_source(e))
}

fn damaged() -> Error {
    Error::new(
        ErrorKind::GeneratorInvalid,
        "the file is no ONNX model, or damaged",
    )
}
