/** Texts in several languages, short and long, with what is unusual in a text. */
export const texts: Readonly<Record<string, string>> = {
  python: `import numpy as np

def relu(x: np.ndarray) -> np.ndarray:
    """The positive part."""
    return np.maximum(x, 0)

if __name__ == '__main__':
    print(relu(np.array([-1.0, 2.0])))
`,
  rust: `use std::collections::HashMap;

pub fn count(words: &[String]) -> HashMap<&str, usize> {
    let mut counts = HashMap::new();
    for word in words.iter() {
        *counts.entry(word.as_str()).or_insert(0) += 1;
    }
    counts
}
`,
  typescript: `export interface Shape { readonly width: number; }

export const area = async (shape: Shape): Promise<number> => {
  const values = Array.from({ length: 3 }, (_, index) => index * shape.width);
  return values.reduce((sum, value) => sum + value, 0);
};
`,
  sql: `SELECT customers.name, COUNT(orders.id) AS total
FROM customers
LEFT JOIN orders ON orders.customer_id = customers.id
WHERE customers.country = 'NO' AND orders.placed_at > '2020-01-01'
GROUP BY customers.name
HAVING COUNT(orders.id) > 3
ORDER BY total DESC;
`,
  java: `package org.example;

import java.util.List;

public final class Greeter {
    private final List<String> names;

    public Greeter(List<String> names) {
        this.names = names;
    }

    @Override
    public String toString() {
        return String.join(", ", names);
    }
}
`,
  'windows line ends': 'def f(x):\r\n    return x + 1\r\n\r\nprint(f(2))\r\n',
  'more than ASCII': '# Größe in Ångström — für „Tests“ 🙂\nprint("日本語のテキスト", 3.14)\n',
  'two bytes': 'if',
  'longer than what is read': 'for (let i = 0; i < 10; i++) { console.log(`row ${i}`); }\n'.repeat(300),
};
