//! Readers and writers that fail once the caller has cancelled: the way to stop a decoder or an encoder in its work.

use std::io::{self, BufRead, Read, Seek, SeekFrom, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use zune_jpeg::zune_core::bytestream::{ZByteIoError, ZByteReaderTrait, ZCursor, ZSeekFrom};

use crate::cancel::CancelToken;
use crate::error::{Error, ErrorKind, Result};
use crate::platform;

/// Most bytes that one call reads or writes, so that the token is looked at often enough.
const MOST: usize = 16 << 10;

/// A reader or writer that looks at a token before every call.
pub(super) struct Watched<'a, T> {
    inner: T,
    cancel: &'a CancelToken,
}

impl<'a, T> Watched<'a, T> {
    pub(super) fn new(inner: T, cancel: &'a CancelToken) -> Self {
        Self { inner, cancel }
    }

    fn check(&self) -> io::Result<()> {
        if self.cancel.is_cancelled() {
            return Err(io::Error::other("cancelled"));
        }
        Ok(())
    }
}

/// What a codec made of its work: an error where the call was cancelled meanwhile, whatever the codec took that for.
pub(super) fn outcome<T>(cancel: &CancelToken, result: Result<T>) -> Result<T> {
    cancel.check()?;
    result
}

impl<T: Read> Read for Watched<'_, T> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.check()?;
        let length = buffer.len().min(MOST);
        self.inner.read(&mut buffer[..length])
    }
}

impl<T: BufRead> BufRead for Watched<'_, T> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        self.check()?;
        let bytes = self.inner.fill_buf()?;
        Ok(&bytes[..bytes.len().min(MOST)])
    }

    fn consume(&mut self, amount: usize) {
        self.inner.consume(amount);
    }
}

impl<T: Seek> Seek for Watched<'_, T> {
    fn seek(&mut self, position: SeekFrom) -> io::Result<u64> {
        self.check()?;
        self.inner.seek(position)
    }
}

impl<T: Write> Write for Watched<'_, T> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.check()?;
        self.inner.write(&bytes[..bytes.len().min(MOST)])
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

/// How often [`apart`] looks at the token.
const GLANCE: Duration = Duration::from_millis(4);

/// Does work that cannot be stopped on a thread of its own, and leaves it there once the caller has cancelled. It then
/// goes on to its end unseen and frees what it owns, which is at most one photo and what is made of it. Where there are
/// no threads the caller waits for the end.
///
/// # Errors
/// `Cancelled`, and `kind` where the work failed or no thread could be started.
pub(super) fn apart<T: Send + 'static>(
    kind: ErrorKind,
    cancel: &CancelToken,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T> {
    cancel.check()?;
    if !platform::THREADS {
        return outcome(cancel, Ok(work()));
    }
    let (sender, receiver) = mpsc::sync_channel(1);
    let run = move || {
        // Nobody waits for the work of a cancelled call.
        let _ = sender.send(catch_unwind(AssertUnwindSafe(work)));
    };
    let failed = |why: &str| Error::new(kind, why);
    thread::Builder::new()
        .name("confounder codec".to_owned())
        .spawn(run)
        .map_err(|e| failed("no thread could be started").with_source(e))?;
    loop {
        match receiver.recv_timeout(GLANCE) {
            Ok(done) => return done.map_err(|_| failed("the codec failed on this photo")),
            Err(RecvTimeoutError::Timeout) => cancel.check()?,
            Err(RecvTimeoutError::Disconnected) => {
                return Err(failed("the codec failed on this photo"));
            }
        }
    }
}

/// The bytes of a JPEG for its decoder, which reads a few at a time.
pub(super) struct WatchedBytes<'a> {
    cursor: ZCursor<&'a [u8]>,
    cancel: &'a CancelToken,
}

impl<'a> WatchedBytes<'a> {
    pub(super) fn new(bytes: &'a [u8], cancel: &'a CancelToken) -> Self {
        Self {
            cursor: ZCursor::new(bytes),
            cancel,
        }
    }

    #[inline(always)]
    fn check(&self) -> std::result::Result<(), ZByteIoError> {
        if self.cancel.is_cancelled() {
            return Err(ZByteIoError::Generic("cancelled"));
        }
        Ok(())
    }
}

impl ZByteReaderTrait for WatchedBytes<'_> {
    /// The decoder asks [`is_eof`](Self::is_eof) after each of these, so that one stops it.
    #[inline(always)]
    fn read_byte_no_error(&mut self) -> u8 {
        self.cursor.read_byte_no_error()
    }

    #[inline(always)]
    fn read_exact_bytes(&mut self, buffer: &mut [u8]) -> std::result::Result<(), ZByteIoError> {
        self.check()?;
        self.cursor.read_exact_bytes(buffer)
    }

    #[inline(always)]
    fn read_bytes(&mut self, buffer: &mut [u8]) -> std::result::Result<usize, ZByteIoError> {
        self.check()?;
        self.cursor.read_bytes(buffer)
    }

    #[inline(always)]
    fn peek_bytes(&mut self, buffer: &mut [u8]) -> std::result::Result<usize, ZByteIoError> {
        self.check()?;
        self.cursor.peek_bytes(buffer)
    }

    #[inline(always)]
    fn peek_exact_bytes(&mut self, buffer: &mut [u8]) -> std::result::Result<(), ZByteIoError> {
        self.check()?;
        self.cursor.peek_exact_bytes(buffer)
    }

    #[inline(always)]
    fn z_seek(&mut self, from: ZSeekFrom) -> std::result::Result<u64, ZByteIoError> {
        self.check()?;
        self.cursor.z_seek(from)
    }

    #[inline(always)]
    fn is_eof(&mut self) -> std::result::Result<bool, ZByteIoError> {
        self.check()?;
        self.cursor.is_eof()
    }

    #[inline(always)]
    fn z_position(&mut self) -> std::result::Result<u64, ZByteIoError> {
        self.cursor.z_position()
    }

    fn read_remaining(&mut self, sink: &mut Vec<u8>) -> std::result::Result<usize, ZByteIoError> {
        self.check()?;
        self.cursor.read_remaining(sink)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn readers_and_writers_stop_once_cancelled() {
        let cancel = CancelToken::new();
        let bytes = vec![7; 2 * MOST];
        let mut reader = Watched::new(&bytes[..], &cancel);
        let mut writer = Watched::new(Vec::new(), &cancel);
        let mut cursor = WatchedBytes::new(&bytes, &cancel);
        let mut buffer = vec![0; 2 * MOST];
        assert_eq!(reader.read(&mut buffer).ok(), Some(MOST));
        assert_eq!(writer.write(&bytes).ok(), Some(MOST));
        assert_eq!(reader.fill_buf().map(<[u8]>::len).ok(), Some(MOST));
        assert!(cursor.read_exact_bytes(&mut buffer[..4]).is_ok());
        cancel.cancel();
        assert!(reader.read(&mut buffer).is_err());
        assert!(reader.fill_buf().is_err());
        assert!(writer.write(&bytes).is_err());
        assert!(cursor.read_exact_bytes(&mut buffer[..4]).is_err());
        assert!(cursor.is_eof().is_err());
    }
}
