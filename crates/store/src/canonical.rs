//! One text for one JSON value, so that equal values have equal hashes.

use serde_json::Value;

/// `value` as JSON without white space and with the keys of every object in byte order; numbers in
/// their shortest form that reads back as the same number.
pub fn canonical_json(value: &Value) -> String {
    let mut out = String::new();
    write(value, &mut out);
    out
}

/// The BLAKE3 hash, in hexadecimal, of [`canonical_json`].
pub fn hash_json(value: &Value) -> String {
    blake3::hash(canonical_json(value).as_bytes()).to_hex().to_string()
}

fn write(value: &Value, out: &mut String) {
    match value {
        Value::Array(items) => {
            out.push('[');
            for (i, item) in items.iter().enumerate() {
                if i > 0 {
                    out.push(',');
                }
                write(item, out);
            }
            out.push(']');
        }
        Value::Object(map) => {
            // Sorted here, since a feature of serde_json set anywhere in a build changes the order of its maps.
            let mut entries: Vec<_> = map.iter().collect();
            entries.sort_unstable_by(|a, b| a.0.cmp(b.0));
            out.push('{');
            for (i, (key, item)) in entries.into_iter().enumerate() {
                if i > 0 {
                    out.push(',');
                }
                out.push_str(&Value::String(key.clone()).to_string());
                out.push(':');
                write(item, out);
            }
            out.push('}');
        }
        scalar => out.push_str(&scalar.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_order_of_keys_does_not_matter_and_everything_else_does() {
        let a: Value = serde_json::from_str(r#"{"b": [1, 2.50, null], "a": {"y": "é\"\n", "x": true}}"#).unwrap();
        let b: Value = serde_json::from_str(r#"{"a":{"x":true,"y":"é\"\n"},"b":[1,2.5,null]}"#).unwrap();
        assert_eq!(canonical_json(&a), r#"{"a":{"x":true,"y":"é\"\n"},"b":[1,2.5,null]}"#);
        assert_eq!(hash_json(&a), hash_json(&b));
        assert_ne!(hash_json(&json!([1, 2])), hash_json(&json!([2, 1])));
        assert_ne!(hash_json(&json!("1")), hash_json(&json!(1)));
    }

    /// Any JSON value reads back from its canonical text as itself.
    #[test]
    fn canonical_text_reads_back() {
        for value in [
            json!(null),
            json!(-0.0),
            json!(1e300),
            json!(u64::MAX),
            json!({"": {"": []}}),
        ] {
            assert_eq!(serde_json::from_str::<Value>(&canonical_json(&value)).unwrap(), value);
        }
    }
}
