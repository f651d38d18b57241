"""What the recipes of a data set share: its mean and deviation, and notes."""

# Mean and standard deviation of each channel, of images in 0..1.
CIFAR10 = ((0.4914, 0.4822, 0.4465), (0.247, 0.243, 0.261))
CIFAR100 = ((0.5071, 0.4867, 0.4408), (0.2675, 0.2565, 0.2761))
STL10 = ((0.4467, 0.4398, 0.4066), (0.2603, 0.2566, 0.2713))
IMAGENET = ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))

SIMCLR_NOTES = (
    "The crop draws its aspect log-uniformly, with ten tries, antialiased.",
    "Brightness, contrast and saturation follow torchvision.",
    "The loss is the mean of two directions, not their sum; LARS makes up for "
    "it but for biases and batch normalization.",
    "Kernels of the head start by Glorot's rule, not with deviation 0.01.",
)
IMAGENET_NOTE = (
    "Views are cut out of images whose shorter side was resized to 256 pixels, "
    "of which the central square is kept, not out of whole images."
)
PER_STEP_NOTE = (
    "The cosine falls to 0 at each step; theirs at each epoch, to a thousandth."
)
EQUIMOD_NOTES = (
    "Moments of the parameters are measured on the views; theirs are written "
    "down.",
    "Negatives of other devices carry their gradient.",
    "Images are tested on as they are; theirs are resized to 9/8 of the side "
    "first, on CIFAR-10.",
)
EQUIMOD_IMAGENET_NOTE = (
    "The untouched image is resized to the size of the views; theirs is cut "
    "out of the middle."
)
EQUIMOD_BYOL_NOTE = (
    "Projector, predictor and momentum branch see one view at a time, as in "
    "BYOL's own code; theirs see both views together."
)
MOMENTUM_NOTE = (
    "The momentum branch moves before the keys are made; theirs after the step "
    "of the optimizer."
)
MOCO_V1_NOTE = (
    "Views are made gray before their colors are jittered, as in MoCo's code; "
    "theirs after."
)
FT_NOTES = (
    "Classes: those of the list of the authors of CMC, in a folder of their "
    "own; the number of images here is what others count in it.",
    "Batch normalization in 8 parts of the batch, as on 8 GPUs; on how many "
    "they trained is not known.",
    "The classifier keeps its learning rate: its drops, at epochs 60 and 80, "
    "come after its 60 epochs in the released options. Its batch is not "
    "named there; 256 here, as in PyContrast.",
    MOMENTUM_NOTE,
)
MIO_NOTES = (
    "The part of the images that is held out is drawn class by class.",
    "The rate changes at each step, from 0; theirs at each epoch, from 1e-4.",
    "All vectors are left out of decay and adaptation; theirs leave out what "
    "is called `bn` or `bias`.",
    "The first convolution pads its input; theirs does not, on CIFAR.",
    "The classifier learns behind fixed statistics of batch normalization for "
    "all 100 epochs; theirs lets them move and stops by the loss on the images "
    "held out.",
    "The weight of the regularizer is the notebook's; their script has 0, and "
    "that of the paper is not known.",
)
LIGHTLY_NOTE = (
    "The rate falls at each step, not at each epoch. What is reported is the "
    "best epoch's k-NN (k = 200, temperature 0.1); the linear classifier here "
    "has SimCLR's settings, as lightly's script has none."
)
