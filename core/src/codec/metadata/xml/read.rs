//! From text to tags (Extensible Markup Language 1.0, sections 2 and 3). Entities stay as they are written.

use std::ops::Range;

/// What a tag does to its element.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::codec) enum Kind {
    Open,
    Close,
    Empty,
}

/// Most tags and attributes of a document; XMP packets of cameras have hundreds.
pub(in crate::codec) const MOST_PARTS: usize = 200_000;

/// A tag before the prefixes of its names are looked up.
pub(in crate::codec) struct RawTag<'a> {
    pub(in crate::codec) range: Range<usize>,
    pub(in crate::codec) name: &'a str,
    pub(in crate::codec) kind: Kind,
    /// Place, name and value of each, namespace declarations included.
    pub(in crate::codec) attributes: Vec<(Range<usize>, &'a str, &'a str)>,
}

/// Goes through a document from tag to tag.
pub(in crate::codec) struct Reader<'a> {
    text: &'a str,
    at: usize,
    parts: usize,
    pub(in crate::codec) comments: Vec<Range<usize>>,
}

impl<'a> Reader<'a> {
    pub(in crate::codec) fn new(text: &'a str) -> Self {
        Self {
            text,
            at: 0,
            parts: 0,
            comments: Vec::new(),
        }
    }

    /// The next tag; `None` where the document is malformed, `Some(None)` at its end.
    pub(in crate::codec) fn next_tag(&mut self) -> Option<Option<RawTag<'a>>> {
        loop {
            let Some(start) = self.text[self.at..]
                .find('<')
                .map(|offset| self.at + offset)
            else {
                return Some(None);
            };
            let rest = &self.text[start..];
            self.count()?;
            if rest.starts_with("<!--") {
                self.at = start + rest.find("-->")? + 3;
                self.comments.push(start..self.at);
            } else if rest.starts_with("<?") {
                self.at = start + rest.find("?>")? + 2;
            } else if rest.starts_with("<![CDATA[") {
                self.at = start + rest.find("]]>")? + 3;
            } else if rest.starts_with("<!") {
                return None;
            } else {
                return self.tag(start).map(Some);
            }
        }
    }

    fn count(&mut self) -> Option<()> {
        self.parts += 1;
        (self.parts <= MOST_PARTS).then_some(())
    }

    fn tag(&mut self, start: usize) -> Option<RawTag<'a>> {
        self.at = start + 1;
        let closing = self.skip("/");
        let name = self.name()?;
        let mut attributes = Vec::new();
        loop {
            let before = self.at;
            self.skip_space();
            let empty = self.skip("/");
            if self.skip(">") {
                let kind = match (closing, empty) {
                    (false, false) => Kind::Open,
                    (false, true) => Kind::Empty,
                    (true, false) if attributes.is_empty() => Kind::Close,
                    (true, _) => return None,
                };
                return Some(RawTag {
                    range: start..self.at,
                    name,
                    kind,
                    attributes,
                });
            }
            if empty || before == self.at {
                return None;
            }
            let (name, value) = self.attribute()?;
            self.count()?;
            attributes.push((before..self.at, name, value));
        }
    }

    fn attribute(&mut self) -> Option<(&'a str, &'a str)> {
        let name = self.name()?;
        self.skip_space();
        if !self.skip("=") {
            return None;
        }
        self.skip_space();
        let quote = if self.skip("\"") {
            '"'
        } else if self.skip("'") {
            '\''
        } else {
            return None;
        };
        let length = self.text[self.at..].find(quote)?;
        let value = &self.text[self.at..self.at + length];
        self.at += length + 1;
        (!value.contains('<')).then_some((name, value))
    }

    fn name(&mut self) -> Option<&'a str> {
        let rest = &self.text[self.at..];
        let end = rest.find(|c: char| c.is_whitespace() || "/>=<\"'&".contains(c))?;
        self.at += end;
        (end > 0).then(|| &rest[..end])
    }

    fn skip(&mut self, what: &str) -> bool {
        let found = self.text[self.at..].starts_with(what);
        self.at += if found { what.len() } else { 0 };
        found
    }

    fn skip_space(&mut self) {
        let rest = &self.text[self.at..];
        self.at += rest.len() - rest.trim_start().len();
    }
}
