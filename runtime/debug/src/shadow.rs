//! A stack beside the machine's, with something of one's own for each active call. The machine
//! tells of calls that begin and not of all that end, so the depth of what comes next decides.

/// Something for each active call.
#[derive(Debug)]
pub(crate) struct Shadow<T> {
    frames: Vec<Option<T>>,
}

impl<T> Default for Shadow<T> {
    fn default() -> Shadow<T> {
        Shadow { frames: Vec::new() }
    }
}

impl<T> Shadow<T> {
    /// Forgets everything: a new call from outside begins.
    pub(crate) fn clear(&mut self) -> impl Iterator<Item = T> + '_ {
        self.frames.drain(..).rev().flatten()
    }

    /// Takes away what belongs to calls deeper than `depth`, innermost first.
    pub(crate) fn cut(&mut self, depth: usize) -> impl Iterator<Item = T> + '_ {
        let keep = depth.min(self.frames.len());
        self.frames.drain(keep..).rev().flatten()
    }

    /// The place of the call at `depth`, counted from 1.
    pub(crate) fn slot(&mut self, depth: usize) -> &mut Option<T> {
        let depth = depth.max(1);
        if self.frames.len() < depth {
            self.frames.resize_with(depth, || None);
        }
        &mut self.frames[depth - 1]
    }

    /// The innermost of the calls shallower than `depth`.
    pub(crate) fn below(&self, depth: usize) -> Option<&T> {
        let end = depth.saturating_sub(1).min(self.frames.len());
        self.frames[..end].iter().rev().find_map(Option::as_ref)
    }
}
