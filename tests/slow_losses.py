"""Losses by loops over images, in float64, written from the equations."""

import numpy as np


def unit(z):
    z = np.asarray(z, "float64")
    return z / np.linalg.norm(z, axis=-1, keepdims=True)


def log_sum_exp(values):
    top = max(values)
    return top + np.log(sum(np.exp(v - top) for v in values))


def log_one_plus_exp(x):
    return max(x, 0.0) + np.log(1 + np.exp(-abs(x)))


def nt_xent(z1, z2, temperature):
    """Equation 1 of SimCLR, mean of the two directions."""
    z, count = unit(np.concatenate([z1, z2])), len(z1)

    def one_way(i, j):
        others = [k for k in range(2 * count) if k != i]
        scores = [z[i] @ z[k] / temperature for k in others]
        return log_sum_exp(scores) - z[i] @ z[j] / temperature

    return np.array(
        [
            (one_way(i, i + count) + one_way(i + count, i)) / 2
            for i in range(count)
        ]
    )


def dcl(z1, z2, temperature):
    """NT-Xent with negatives alone in the sum."""
    z, count = unit(np.concatenate([z1, z2])), len(z1)

    def one_way(i, j):
        negatives = [k for k in range(2 * count) if k not in (i, j)]
        scores = [z[i] @ z[k] / temperature for k in negatives]
        return log_sum_exp(scores) - z[i] @ z[j] / temperature

    return np.array(
        [
            (one_way(i, i + count) + one_way(i + count, i)) / 2
            for i in range(count)
        ]
    )


def info_nce(keys, anchors, temperature):
    keys, anchors = unit(keys), unit(anchors)
    losses = []
    for i, anchor in enumerate(anchors):
        scores = [anchor @ key / temperature for key in keys]
        losses.append(log_sum_exp(scores) - scores[i])
    return np.array(losses)


def queue_info_nce(keys, negatives, queries, temperature, prepare=unit):
    """Equation 1 of MoCo."""
    keys, negatives, queries = map(prepare, (keys, negatives, queries))
    losses = []
    for query, key in zip(queries, keys, strict=True):
        positive = query @ key / temperature
        scores = [positive] + [query @ n / temperature for n in negatives]
        losses.append(log_sum_exp(scores) - positive)
    return np.array(losses)


def extrapolate(queries, keys, lam):
    """Equations 4 and 5 of FT: both move outwards along their line."""
    moved = [
        (lam * q + (1 - lam) * k, lam * k + (1 - lam) * q)
        for q, k in zip(queries, keys, strict=True)
    ]
    return tuple(np.array(part) for part in zip(*moved, strict=True))


def interpolate(negatives, order, mu):
    """Equation 6 of FT: each negative mixed with another."""
    return np.array(
        [
            mu * negatives[i] + (1 - mu) * negatives[j]
            for i, j in enumerate(order)
        ]
    )


def sup_con(labels, z1, z2, temperature):
    """Equation 2 of SupCon, mean of the two views of an image.

    Of an image with the label -1 its other view alone is a positive.
    """
    z, labels = unit(np.concatenate([z1, z2])), np.tile(labels, 2)
    images = np.tile(np.arange(len(z1)), 2)
    losses = []
    for i in range(len(z)):
        others = [a for a in range(len(z)) if a != i]
        total = log_sum_exp([z[i] @ z[a] / temperature for a in others])
        same = images if labels[i] == -1 else labels
        positives = [p for p in others if same[p] == same[i]]
        shares = [z[i] @ z[p] / temperature - total for p in positives]
        losses.append(-sum(shares) / len(positives))
    return np.mean(np.reshape(losses, (2, -1)), axis=0)


def cosine_regression(targets, predictions):
    targets, predictions = unit(targets), unit(predictions)
    pairs = zip(targets, predictions, strict=True)
    return np.array([np.sum((t - p) ** 2) for t, p in pairs])


def barlow_twins(z1, z2, redundancy=0.0051, epsilon=1e-5):
    """Equation 1 of Barlow Twins."""
    z1, z2 = np.asarray(z1, "float64"), np.asarray(z2, "float64")
    (count, units), total = z1.shape, 0.0
    for i in range(units):
        for j in range(units):
            a, b = z1[:, i] - z1[:, i].mean(), z2[:, j] - z2[:, j].mean()
            scale = np.sqrt(
                (a @ a / count + epsilon) * (b @ b / count + epsilon)
            )
            c = a @ b / count / scale
            total += (1 - c) ** 2 if i == j else redundancy * c**2
    return np.full(count, total)


def vicreg(z1, z2):
    """Terms of VICReg, equations 1 to 5, with the scale of the code."""
    z1, z2 = np.asarray(z1, "float64"), np.asarray(z2, "float64")
    count, units = z1.shape
    spread, repeated = 0.0, 0.0
    for z in (z1, z2):
        for j in range(units):
            deviation = np.sqrt(np.var(z[:, j], ddof=1) + 1e-4)
            spread += max(0.0, 1 - deviation) / units / 2
        covariance = np.cov(z, rowvar=False)
        for i in range(units):
            for j in range(units):
                if i != j:
                    repeated += covariance[i, j] ** 2 / units
    return {
        "invariance": np.array(
            [np.mean((a - b) ** 2) for a, b in zip(z1, z2, strict=True)]
        ),
        "variance": np.full(count, spread),
        "covariance": np.full(count, repeated),
    }


def nce(positives, negatives, log_z, temperature, num_images):
    """Equations 4 to 7 of InstDis."""
    losses = []
    for i in range(len(positives)):
        z, number = np.exp(float(log_z[i])), len(negatives[i])
        noise = number / num_images

        def probability(score, z=z, noise=noise):
            p = np.exp(float(score) / temperature) / z
            return p / (p + noise)

        loss = -np.log(probability(positives[i]))
        for score in negatives[i]:
            loss -= np.log(1 - probability(score))
        losses.append(loss)
    return np.array(losses)


def memory_softmax(positives, negatives, temperature):
    """Equation 2 of InstDis."""
    return np.array(
        [
            log_sum_exp([float(s) / temperature for s in scores])
            - float(positive) / temperature
            for positive, scores in zip(positives, negatives, strict=True)
        ]
    )


def mio(z1, z2, positive_temperature=0.5, negative_temperature=None):
    """Terms of MIO as released, the share of each image."""
    negative_temperature = negative_temperature or positive_temperature
    z, count = unit(np.concatenate([z1, z2])), len(z1)
    positive, negative, regularizer = [], [], []
    for i in range(count):
        score = z[i] @ z[i + count] / positive_temperature
        positive.append(log_one_plus_exp(-score))
        values = [
            log_one_plus_exp(z[a] @ z[b] / negative_temperature)
            for a in (i, i + count)
            for b in range(2 * count)
            if b % count != i
        ]
        negative.append(np.mean(values))
        regularizer.append(np.mean((z[i] - z[i + count]) ** 2))
    return {
        "positive": np.array(positive),
        "negative": np.array(negative),
        "regularizer": np.array(regularizer),
    }


def patch_info_nce(predictions, targets, offset, scale=0.1):
    """The code of CPC v2, one patch after the other."""
    predictions = np.asarray(predictions, "float64")
    targets = np.asarray(targets, "float64")
    batch, rows, columns, units = targets.shape
    every = targets.reshape(-1, units)
    losses = []
    for b in range(batch):
        values = []
        for r in range(rows - offset):
            for c in range(columns):
                scores = scale * every @ predictions[b, r, c]
                positive = (
                    scale * targets[b, r + offset, c] @ predictions[b, r, c]
                )
                values.append(log_sum_exp(scores) - positive)
        losses.append(np.mean(values))
    return np.array(losses)


def equivariant_nt_xent(actual, predicted, temperature, siblings):
    """The loss of EquiMod's code, or with `siblings` False of its paper."""
    actual, predicted = unit(actual), unit(predicted)
    images, views, _ = actual.shape
    rows = [
        (kind, image, view)
        for kind in (actual, predicted)
        for image in range(images)
        for view in range(views)
    ]
    losses = np.zeros(images)
    for kind, image, view in rows:
        other = predicted if kind is actual else actual
        anchor = kind[image, view]
        scores = []
        for k, i, v in rows:
            itself = k is kind and (i, v) == (image, view)
            sibling = i == image and v != view
            if not itself and (siblings or not sibling):
                scores.append(anchor @ k[i, v] / temperature)
        positive = anchor @ other[image, view] / temperature
        losses[image] += (log_sum_exp(scores) - positive) / (2 * views)
    return losses


def tanh_error(predictions, targets):
    """Mean squared error of AugSelf's regressions, an image a value."""
    errors = []
    for told, wanted in zip(predictions, targets, strict=True):
        pairs = zip(np.ravel(told), np.ravel(wanted), strict=True)
        squares = [(np.tanh(float(t)) - float(w)) ** 2 for t, w in pairs]
        errors.append(sum(squares) / len(squares))
    return np.array(errors)


def cross_entropy(logits, targets):
    """Binary cross entropy of AugSelf's flip, an image a value."""
    errors = []
    for told, wanted in zip(logits, targets, strict=True):
        total = 0.0
        for t, w in zip(np.ravel(told), np.ravel(wanted), strict=True):
            t, w = float(t), float(w)
            total += w * log_one_plus_exp(-t) + (1 - w) * log_one_plus_exp(t)
        errors.append(total / np.size(told))
    return np.array(errors)


def over_labelled(logits, labels):
    """Cross entropies whose mean is that over images with a label."""
    known = sum(label >= 0 for label in labels)
    errors = []
    for row, label in zip(np.asarray(logits, "float64"), labels, strict=True):
        error = log_sum_exp(list(row)) - row[label] if label >= 0 else 0.0
        errors.append(error * len(labels) / known)
    return np.array(errors)


def turns(logits):
    """E-SSL's mean cross entropy over the four turns of an image."""
    errors = []
    for image in np.asarray(logits, "float64"):
        total = 0.0
        for turn, row in enumerate(image):
            total += log_sum_exp(list(row)) - row[turn]
        errors.append(total / len(image))
    return np.array(errors)


def local_nce(queries, maps, clip=20.0):
    """AMDIM's loss of vectors and the places of maps, and mean of squares.

    Each place of the image's own map is a positive among the places of all
    other images.
    """
    queries, maps = np.asarray(queries, "float64"), np.asarray(maps, "float64")
    losses, squares = [], []
    for i, query in enumerate(queries):
        raw = [
            [query @ place / np.sqrt(len(query)) for place in image]
            for image in maps
        ]
        squares.append(np.mean([s**2 for image in raw for s in image]))
        clipped = [[clip * np.tanh(s / clip) for s in image] for image in raw]
        others = [s for j, image in enumerate(clipped) if j != i for s in image]
        values = [log_sum_exp([s, *others]) - s for s in clipped[i]]
        losses.append(np.mean(values))
    return np.array(losses), np.array(squares)
