//! The library's messages in the words of the command line.

/// What the library's options are called on the command line.
const FLAGS: [(&str, &str); 8] = [
    ("Credentials::Remove", "--remove-credentials"),
    ("ProtectOptions::repeat", "--repeat"),
    ("ProtectOptions::tint_gray", "--tint-gray"),
    ("ProtectOptions::quality", "--quality"),
    ("Limits::max_pixels", "--max-pixels"),
    ("Limits::max_alloc_bytes", "--max-pixels"),
    ("JpegMethod::Coefficients", "--jpeg coefficients"),
    ("JpegMethod::Reencode", "--jpeg pixels"),
];

/// A message of the library in the words of the command line: flags for its options; other items of the library, which
/// stand in parentheses, are left out.
pub(crate) fn in_flags(mut message: String) -> String {
    for (item, flag) in FLAGS {
        message = message.replace(item, flag);
    }
    let mut at = 0;
    while let Some(start) = message[at..].find(" (").map(|offset| at + offset) {
        let Some(end) = message[start..].find(')').map(|offset| start + offset + 1) else {
            break;
        };
        if message[start..end].contains("::") || &message[start..end] == " (Limits)" {
            message.replace_range(start..end, "");
        } else {
            at = end;
        }
    }
    message
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_name_flags_and_nothing_of_the_library() {
        for (message, expected) in [
            (
                "ask for their removal (Credentials::Remove), or protect a copy",
                "ask for their removal (--remove-credentials), or protect a copy",
            ),
            (
                "gray (a photo) is refused (ProtectOptions::tint_gray)",
                "gray (a photo) is refused (--tint-gray)",
            ),
            (
                "65536 px wide, more than the limit of 65535 (Limits::max_width)",
                "65536 px wide, more than the limit of 65535",
            ),
            (
                "the limits of 5 pixels (Limits); raise them",
                "the limits of 5 pixels; raise them",
            ),
            ("open (", "open ("),
        ] {
            assert_eq!(in_flags(message.to_owned()), expected);
        }
    }
}
