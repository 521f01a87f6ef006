//! Keys of personal mode.

use crate::error::Result;

/// A new personal key for `Protector.personal`: 32 bytes of the system's randomness.
///
/// Throws `Io` where the system has none.
#[uniffi::export]
pub fn new_personal_key() -> Result<Vec<u8>> {
    Ok(confounder::PersonalKey::generate()?.as_bytes().to_vec())
}
