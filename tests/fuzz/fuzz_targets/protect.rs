//! Any bytes give an error or a photo of the same format and size that can be read again.

#![no_main]

use confounder::PhotoInfo;
use confounder_fuzz::{abort_on_our_panics, limits, options, protector};
use libfuzzer_sys::fuzz_target;

fuzz_target!(init: abort_on_our_panics(), |input: &[u8]| {
    // The length chooses the options: flipping bits then keeps them.
    let options = options(input.len());
    if let Ok(protected) = protector().protect_bytes(input, &options) {
        let before = PhotoInfo::read(input, &limits()).expect("it was read before");
        let limits = limits().max_input_bytes(64 << 20).max_metadata_bytes(64 << 20);
        let after = PhotoInfo::read(&protected.bytes, &limits).expect("what was written can be read");
        assert_eq!((before.format, before.width, before.height), (after.format, after.width, after.height));
        assert_eq!(before.orientation, after.orientation);
    }
});
