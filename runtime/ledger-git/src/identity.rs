//! Who Git thinks the user is.

use crate::repo::GitStore;

impl GitStore {
    /// `user.name` of Git's configuration, when it is set.
    pub fn git_user_name(&self) -> Option<String> {
        let name = self.repo.config().ok()?.get_string("user.name").ok()?;
        let name = name.trim();
        (!name.is_empty()).then(|| name.to_owned())
    }
}
