//! A bounded memory that forgets what was used longest ago.
//!
//! Two trees and no hash table: whoever is verified chooses what is looked up, and a tree has no bad input. It needs no
//! random seed either, so that a simulation repeats itself.

use std::collections::BTreeMap;

use super::{LIFE, since, slip};
use crate::time::Timestamp;

/// Bounded by entries and by bytes.
pub struct Cache<K, V> {
    entries: BTreeMap<K, Entry<V>>,
    /// Who was used when, oldest first.
    order: BTreeMap<u64, K>,
    turn: u64,
    bytes: usize,
    most: usize,
    most_bytes: usize,
}

struct Entry<V> {
    value: V,
    stored_at: Timestamp,
    turn: u64,
    bytes: usize,
}

impl<K: Copy + Ord, V> Cache<K, V> {
    /// What an entry takes besides its value: its places in both trees. Of keys in no order (hashes) nodes are 69 % full, in
    /// ascending order (turns) never less than half: 1.6 times the entry, between the two.
    pub const OVERHEAD: usize = 8 * (2 * size_of::<K>() + size_of::<Entry<V>>() + size_of::<u64>()) / 5 + 16;

    pub const fn new(most: usize, most_bytes: usize) -> Self {
        Self { entries: BTreeMap::new(), order: BTreeMap::new(), turn: 0, bytes: 0, most, most_bytes }
    }

    /// The value and when it was stored. One that has lived for [`LIFE`] is forgotten.
    pub fn get(&mut self, key: &K, now: Timestamp) -> Option<(&mut V, Timestamp)> {
        if self.entries.get(key).is_some_and(|entry| since(now, entry.stored_at) >= LIFE) {
            self.remove(key);
        }
        let entry = self.entries.get_mut(key)?;
        // The most used entry is most often the last used one too.
        if entry.turn != self.turn {
            self.order.remove(&entry.turn);
            self.turn += 1;
            entry.turn = self.turn;
            self.order.insert(self.turn, *key);
        }
        Some((&mut entry.value, entry.stored_at))
    }

    /// Stores a value whose heap takes `bytes`, and forgets others until the bounds hold. What would not fit alone is not
    /// stored.
    pub fn insert(&mut self, key: K, value: V, bytes: usize, now: Timestamp) {
        self.remove(&key);
        let bytes = bytes + Self::OVERHEAD;
        while self.entries.len() >= self.most || self.bytes + bytes > self.most_bytes {
            if slip!(KeepAll) {
                break;
            }
            let Some((_, oldest)) = self.order.pop_first() else { return };
            self.remove(&oldest);
        }
        self.turn += 1;
        self.order.insert(self.turn, key);
        self.bytes += bytes;
        self.entries.insert(key, Entry { value, stored_at: now, turn: self.turn, bytes });
    }

    pub fn remove(&mut self, key: &K) {
        if let Some(entry) = self.entries.remove(key) {
            self.order.remove(&entry.turn);
            self.bytes -= entry.bytes;
        }
    }

    /// Forgets every entry whose value `goes`.
    pub fn remove_where(&mut self, goes: impl Fn(&V) -> bool) {
        let gone: Vec<K> = self.entries.iter().filter(|(_, entry)| goes(&entry.value)).map(|(key, _)| *key).collect();
        for key in gone {
            self.remove(&key);
        }
    }

    pub fn clear(&mut self) {
        self.entries.clear();
        self.order.clear();
        self.bytes = 0;
    }

    pub fn len(&self) -> usize {
        self.entries.len()
    }

    pub const fn bytes(&self) -> usize {
        self.bytes
    }
}
