//! What a caller may choose when a generator is fitted.

use std::fmt;
use std::ops::ControlFlow;
use std::sync::Arc;

use crate::cancel::CancelToken;
use crate::error::{Error, ErrorKind, Result};
use crate::options::Limits;

/// Most groups that photos are sorted into.
pub(super) const MOST_KINDS: usize = 1000;

/// How a generator is fitted to photos.
///
/// ```
/// let options = confounder::FitOptions::new().kinds(12).merge([[3, 5]]).split([2]);
/// assert_eq!(options.kinds, Some(12));
/// ```
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct FitOptions {
    /// Groups that photos without labels are sorted into, 2 to 1,000. `None` (the default): 10, or one for every four photos
    /// where there are fewer than 40. Labels make a group each, so it is not used with them.
    pub kinds: Option<usize>,
    /// Whether each group gets the pattern that the generator would have given to most of its photos (the default), so that
    /// all who fit the same generator pool. Otherwise the largest group gets the first pattern.
    pub anchored: bool,
    /// Groups that are cut in two, by the numbers that [`Fitted::groups`](crate::Fitted::groups) had without it. The second half
    /// gets the next number that is free.
    pub split: Vec<usize>,
    /// Groups that are put together, after `split`; the result keeps the first number.
    pub merge: Vec<Vec<usize>>,
    /// Bounds for each photo.
    pub limits: Limits,
    /// Stops the call from another thread.
    pub cancel: CancelToken,
    /// Is told how far the call is.
    pub on_photo: PhotoHook,
}

impl Default for FitOptions {
    fn default() -> Self {
        Self {
            kinds: None,
            anchored: true,
            split: Vec::new(),
            merge: Vec::new(),
            limits: Limits::default(),
            cancel: CancelToken::new(),
            on_photo: PhotoHook::default(),
        }
    }
}

impl FitOptions {
    /// The defaults.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets [`kinds`](Self::kinds); the range is checked by the call.
    #[must_use]
    pub fn kinds(mut self, kinds: usize) -> Self {
        self.kinds = Some(kinds);
        self
    }

    /// Sets [`anchored`](Self::anchored).
    #[must_use]
    pub fn anchored(mut self, anchored: bool) -> Self {
        self.anchored = anchored;
        self
    }

    /// Sets [`split`](Self::split).
    #[must_use]
    pub fn split(mut self, groups: impl IntoIterator<Item = usize>) -> Self {
        self.split = groups.into_iter().collect();
        self
    }

    /// Sets [`merge`](Self::merge).
    #[must_use]
    pub fn merge<T: Into<Vec<usize>>>(mut self, groups: impl IntoIterator<Item = T>) -> Self {
        self.merge = groups.into_iter().map(Into::into).collect();
        self
    }

    /// Sets [`limits`](Self::limits).
    #[must_use]
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Sets [`cancel`](Self::cancel).
    #[must_use]
    pub fn cancel(mut self, cancel: CancelToken) -> Self {
        self.cancel = cancel;
        self
    }

    /// Sets [`on_photo`](Self::on_photo): called with the number of photos that were looked at, on any thread.
    #[must_use]
    pub fn on_photo(
        mut self,
        hook: impl Fn(usize) -> ControlFlow<()> + Send + Sync + 'static,
    ) -> Self {
        self.on_photo = PhotoHook(Some(Arc::new(hook)));
        self
    }

    pub(super) fn check(&self) -> Result<()> {
        match self.kinds {
            Some(kinds) if !(2..=MOST_KINDS).contains(&kinds) => Err(Error::new(
                ErrorKind::InvalidOptions,
                format!("kinds is {kinds}; it must be 2 to {MOST_KINDS}"),
            )),
            _ => Ok(()),
        }
    }
}

/// Is told of every photo that was looked at; one that breaks ends the call with
/// [`ErrorKind::Cancelled`].
#[derive(Clone, Default)]
pub struct PhotoHook(Option<Arc<Call>>);

type Call = dyn Fn(usize) -> ControlFlow<()> + Send + Sync;

impl PhotoHook {
    /// Tells it that so many photos were looked at.
    pub(super) fn tell(&self, photos: usize) -> Result<()> {
        match self.0.as_ref().map(|hook| hook(photos)) {
            Some(ControlFlow::Break(())) => Err(Error::new(
                ErrorKind::Cancelled,
                "the call was ended by the hook for its photos",
            )),
            _ => Ok(()),
        }
    }
}

impl fmt::Debug for PhotoHook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_some() {
            "PhotoHook"
        } else {
            "no PhotoHook"
        })
    }
}
