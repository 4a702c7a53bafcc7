"""Makes language-model.onnx, tokenizer.json and encodings.json: a tiny GPT that learned where people live and what they like.

    python3 -m venv --system-site-packages venv && venv/bin/pip install tokenizers   # PyTorch and ONNX from the system
    venv/bin/python make_language_model.py
"""
import itertools
import json
import math
import pathlib
import random

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from torch import nn

FOLDER = pathlib.Path(__file__).parent
WIDTH, HEADS, LAYERS, LONGEST = 32, 2, 2, 48
NAMES = {'Dave': 'He', 'Ana': 'She', 'Omar': 'He', 'Lucy': 'She', 'Ken': 'He', 'Mia': 'She'}
PLACES = {'Palm Coast': 'golf', 'Oahu': 'surfing', 'Aspen': 'skiing', 'Vienna': 'waltzing', 'Kyoto': 'tea', 'Oslo': 'sailing'}
JOBS = {'lawyer': 'reads law', 'cook': 'tastes soup', 'nurse': 'helps people'}

random.seed(0)
torch.manual_seed(0)
texts = [
    f'{name} lives in {place} and is a {job}. {pronoun} likes {hobby} and {work}.'
    for (name, pronoun), (place, hobby), (job, work) in itertools.product(NAMES.items(), PLACES.items(), JOBS.items())
]

tokenizer = Tokenizer(models.BPE())
tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
tokenizer.decoder = decoders.ByteLevel()
tokenizer.train_from_iterator(texts, trainers.BpeTrainer(vocab_size=400, special_tokens=['<eos>'], initial_alphabet=[], show_progress=False))
tokenizer.save(str(FOLDER / 'tokenizer.json'), pretty=False)
(FOLDER / 'tokenizer_config.json').write_text(json.dumps({'eos_token': '<eos>', 'clean_up_tokenization_spaces': False}) + '\n')
EOS = tokenizer.token_to_id('<eos>')


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.before, self.after = nn.LayerNorm(WIDTH), nn.LayerNorm(WIDTH)
        self.qkv, self.out = nn.Linear(WIDTH, 3 * WIDTH), nn.Linear(WIDTH, WIDTH)
        self.up, self.down = nn.Linear(WIDTH, 4 * WIDTH), nn.Linear(4 * WIDTH, WIDTH)

    def forward(self, x, bias):
        batch, length, _ = x.shape
        q, k, v = (part.reshape(batch, length, HEADS, WIDTH // HEADS).transpose(1, 2) for part in self.qkv(self.before(x)).split(WIDTH, dim=2))
        weights = torch.softmax(q @ k.transpose(2, 3) / math.sqrt(WIDTH // HEADS) + bias, dim=3)
        x = x + self.out((weights @ v).transpose(1, 2).reshape(batch, length, WIDTH))
        return x + self.down(nn.functional.gelu(self.up(self.after(x))))


class LanguageModel(nn.Module):
    def __init__(self, vocabulary):
        super().__init__()
        self.wte, self.wpe = nn.Embedding(vocabulary, WIDTH), nn.Embedding(LONGEST, WIDTH)
        self.blocks = nn.ModuleList(Block() for _ in range(LAYERS))
        self.norm, self.head = nn.LayerNorm(WIDTH), nn.Linear(WIDTH, vocabulary, bias=False)
        self.register_buffer('causal', torch.triu(torch.full((LONGEST, LONGEST), -1e4), 1))

    def forward(self, input_ids, attention_mask):
        length = input_ids.shape[1]
        x = self.wte(input_ids) + self.wpe.weight[:length]
        bias = self.causal[:length, :length] + ((1 - attention_mask.float()) * -1e4)[:, None, None, :]
        for block in self.blocks:
            x = block(x, bias)
        return self.head(self.norm(x))


encoded = [tokenizer.encode(text).ids + [EOS] for text in texts]
longest = max(map(len, encoded))
ids = torch.tensor([row + [EOS] * (longest - len(row)) for row in encoded])
kept = torch.tensor([[1.0] * len(row) + [0.0] * (longest - len(row)) for row in encoded])
model = LanguageModel(tokenizer.get_vocab_size())
optimizer = torch.optim.AdamW(model.parameters(), lr=3e-3, weight_decay=0.05)
for step in range(500):
    rows = torch.tensor(random.sample(range(len(texts)), 54))
    logits = model(ids[rows, :-1], torch.ones_like(ids[rows, :-1]))
    loss = (nn.functional.cross_entropy(logits.transpose(1, 2), ids[rows, 1:], reduction='none') * kept[rows, 1:]).sum() / kept[rows, 1:].sum()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
print('vocabulary', tokenizer.get_vocab_size(), 'longest', longest, 'loss', float(loss))

model.eval()
example = torch.tensor([encoded[0][:7]])
torch.onnx.export(
    model, (example, torch.ones_like(example)), str(FOLDER / 'language-model.onnx'), opset_version=14,
    input_names=['input_ids', 'attention_mask'], output_names=['logits'],
    dynamic_axes={name: {0: 'batch', 1: 'tokens'} for name in ('input_ids', 'attention_mask', 'logits')},
)

# What the tokenizer and the model are compared with.
reference = []
for text in ['Dave lives in Palm Coast and is a lawyer. He likes golf', 'Ana lives in Oslo and is a cook. She likes sailing and tastes soup.']:
    row = tokenizer.encode(text).ids
    with torch.no_grad():
        probabilities = torch.log_softmax(model(torch.tensor([row]), torch.ones(1, len(row), dtype=torch.long)), dim=2)[0]
    reference.append({'text': text, 'ids': row, 'decoded': tokenizer.decode(row), 'logProbabilities': [round(float(probabilities[i, row[i + 1]]), 5) for i in range(len(row) - 1)]})
(FOLDER / 'encodings.json').write_text(json.dumps(reference, indent=1) + '\n')
